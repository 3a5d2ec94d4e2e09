package io.holdfast.cifs.client;

import java.io.IOException;

/** A file of blocks, open through one connection. */
interface BlockFile extends AutoCloseable {
    /** Connects anew and opens the file. */
    interface Opening {
        /** {@return the file} */
        BlockFile open() throws IOException;
    }

    /** Writes a block and has it flushed to the disk; when this returns, the server has acknowledged both. */
    void write(byte[] block, long number) throws IOException;

    /** {@return the block, or fewer bytes where the file ends} */
    byte[] read(long number) throws IOException;

    @Override
    void close() throws IOException;
}
