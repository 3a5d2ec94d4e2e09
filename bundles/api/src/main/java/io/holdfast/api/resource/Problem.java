package io.holdfast.api.resource;

/**
 * Something that cannot work.
 *
 * @param what what is wrong, with the name of the parameter, file or address
 * @param fix what to do about it
 */
public record Problem(String what, String fix) {

    @Override
    public String toString() {
        return what + "; " + fix;
    }
}
