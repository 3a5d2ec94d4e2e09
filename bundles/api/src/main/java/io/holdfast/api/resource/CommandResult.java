package io.holdfast.api.resource;

/**
 * How a command ended.
 *
 * @param status its exit status; 128 + n if signal n ended it
 * @param output what it wrote to standard output, cut at 256 KiB
 * @param errors what it wrote to standard error, cut at 256 KiB
 */
public record CommandResult(int status, String output, String errors) {

    /** {@return whether it ended with status 0} */
    public boolean succeeded() {
        return status == 0;
    }
}
