package io.holdfast.cifs.client;

import com.hierynomus.msdtyp.AccessMask;
import com.hierynomus.mssmb2.SMB2CreateDisposition;
import com.hierynomus.mssmb2.SMB2Dialect;
import com.hierynomus.mssmb2.SMB2ShareAccess;
import com.hierynomus.security.jce.JceSecurityProvider;
import com.hierynomus.smbj.SMBClient;
import com.hierynomus.smbj.SmbConfig;
import com.hierynomus.smbj.auth.AuthenticationContext;
import com.hierynomus.smbj.connection.Connection;
import com.hierynomus.smbj.share.DiskShare;
import com.hierynomus.smbj.share.File;
import java.io.IOException;
import java.util.EnumSet;
import java.util.concurrent.TimeUnit;

/** A file in the share, open through one connection. */
final class ShareFile implements BlockFile {
    private final SMBClient client;
    private final Connection connection;
    private final File file;

    private ShareFile(SMBClient client, Connection connection, File file) {
        this.client = client;
        this.connection = connection;
        this.file = file;
    }

    /** Connects anew and opens the file. */
    static ShareFile open(Options options) throws IOException {
        SMBClient client = new SMBClient(SmbConfig.builder()
                // The JDK alone can sign for a named user in SMB 2.1 only; the library leaves a guest unsigned in SMB 3
                // only.
                .withDialects(options.guest() ? SMB2Dialect.SMB_3_0 : SMB2Dialect.SMB_2_1)
                .withSecurityProvider(new JceSecurityProvider())
                .withSocketFactory(new QuickSockets())
                .withTimeout(options.requestMillis(), TimeUnit.MILLISECONDS)
                .build());
        try {
            Connection connection = client.connect(options.host(), options.port());
            DiskShare share = (DiskShare) connection
                    .authenticate(new AuthenticationContext(
                            options.guest() ? "Guest" : options.user(),
                            options.password().toCharArray(),
                            ""))
                    .connectShare(options.share());
            File file = share.openFile(
                    options.file(),
                    EnumSet.of(AccessMask.GENERIC_READ, AccessMask.GENERIC_WRITE),
                    null,
                    SMB2ShareAccess.ALL,
                    SMB2CreateDisposition.FILE_OPEN_IF,
                    null);
            return new ShareFile(client, connection, file);
        } catch (IOException | RuntimeException e) {
            client.close();
            throw e;
        }
    }

    @Override
    public void write(byte[] block, long number) throws IOException {
        long length = file.write(block, number * Block.SIZE);
        if (length != Block.SIZE) {
            throw new IOException("wrote " + length + " bytes of block " + number);
        }
        file.flush();
    }

    @Override
    public byte[] read(long number) {
        byte[] block = new byte[Block.SIZE];
        int filled = 0;
        while (filled < Block.SIZE) {
            int length = file.read(block, number * Block.SIZE + filled, filled, Block.SIZE - filled);
            if (length <= 0) {
                return new byte[0];
            }
            filled += length;
        }
        return block;
    }

    @Override
    public void close() throws IOException {
        connection.close(true); // without the polite messages: the server may be gone
        client.close();
    }
}
