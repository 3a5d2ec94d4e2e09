package io.holdfast.cifs.client;

import java.nio.ByteBuffer;
import java.util.Random;
import java.util.zip.CRC32C;

/** A numbered block: its number, bytes that follow from run and number, and a checksum over both. */
final class Block {
    static final int SIZE = 4096;
    private static final int CHECKSUM = Long.BYTES;

    private Block() {}

    /** {@return block {@code number} of the run} */
    static byte[] write(long run, long number) {
        byte[] filling = new byte[SIZE - 2 * Long.BYTES - CHECKSUM];
        new Random(run ^ number * 0x9E3779B97F4A7C15L).nextBytes(filling);
        ByteBuffer block =
                ByteBuffer.allocate(SIZE).putLong(run).putLong(number).put(filling);
        return block.putLong(checksum(block.array())).array();
    }

    /** {@return whether these bytes are block {@code number} of the run, unharmed} */
    static boolean is(byte[] bytes, long run, long number) {
        ByteBuffer block = ByteBuffer.wrap(bytes);
        return bytes.length == SIZE
                && block.getLong() == run
                && block.getLong() == number
                && block.getLong(SIZE - CHECKSUM) == checksum(bytes);
    }

    private static long checksum(byte[] block) {
        CRC32C checksum = new CRC32C();
        checksum.update(block, 0, SIZE - CHECKSUM);
        return checksum.getValue();
    }
}
