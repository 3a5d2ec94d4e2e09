package io.holdfast.cifs.internal;

import com.hierynomus.msdtyp.AccessMask;
import com.hierynomus.mserref.NtStatus;
import com.hierynomus.mssmb2.SMB2CreateDisposition;
import com.hierynomus.mssmb2.SMB2Dialect;
import com.hierynomus.mssmb2.SMB2ShareAccess;
import com.hierynomus.mssmb2.SMBApiException;
import com.hierynomus.security.jce.JceSecurityProvider;
import com.hierynomus.smbj.SMBClient;
import com.hierynomus.smbj.SmbConfig;
import com.hierynomus.smbj.auth.AuthenticationContext;
import com.hierynomus.smbj.connection.Connection;
import com.hierynomus.smbj.session.Session;
import com.hierynomus.smbj.share.DiskShare;
import com.hierynomus.smbj.share.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.EnumSet;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/**
 * Looks at the share as a client does: negotiate, session, tree connect, read of the marker file. An open port is not health: a smbd
 * that hangs, a volume that is gone and a database that is broken all leave the port open.
 */
class ShareCheck {

    /** What the check found. */
    sealed interface Finding {
        /** It serves. */
        record Serves() implements Finding {}

        /** It serves, but the marker file is not there or is another. */
        record NoMarker(String reason) implements Finding {}

        /** It does not serve. */
        record Broken(String reason) implements Finding {}
    }

    /**
     * Who logs in.
     *
     * <p>The dialect follows from it: the JDK alone can sign what a named user sends in SMB 2.1, but not in SMB 3; a guest's session is
     * not signed, which the library gets right only in SMB 3. Every server that serves one serves the other.
     */
    record Login(String user, String password, SMB2Dialect dialect) {
        static final Login GUEST = new Login("Guest", "", SMB2Dialect.SMB_3_0);

        static Login named(String user, String password) {
            return new Login(user, password, SMB2Dialect.SMB_2_1);
        }

        AuthenticationContext context() {
            return new AuthenticationContext(user, password.toCharArray(), "");
        }
    }

    /** Looks once, and takes no longer than about {@code limit}. */
    Finding look(ShareSettings settings, Login login, String marker, Duration limit) {
        try (SMBClient client = new SMBClient(config(login, limit));
                Connection connection = client.connect(settings.address().host(), settings.port())) {
            Session session = connection.authenticate(login.context());
            try (DiskShare share = (DiskShare) session.connectShare(settings.share())) {
                Optional<String> read = read(share);
                return read.filter(marker::equals).isPresent()
                        ? new Finding.Serves()
                        : new Finding.NoMarker(SmbConf.MARKER + " in the share holds "
                                + read.map(text -> "'" + text + "'").orElse("nothing"));
            }
        } catch (SMBApiException e) {
            return e.getStatus() == NtStatus.STATUS_OBJECT_NAME_NOT_FOUND
                    ? new Finding.NoMarker(SmbConf.MARKER + " is missing in the share")
                    : new Finding.Broken("the server refuses: " + e.getStatus());
        } catch (IOException | RuntimeException e) { // the library throws several kinds of its own
            return new Finding.Broken("no answer in SMB: " + message(e));
        }
    }

    private static Optional<String> read(DiskShare share) throws IOException {
        try (File file = share.openFile(
                SmbConf.MARKER,
                EnumSet.of(AccessMask.GENERIC_READ),
                null,
                SMB2ShareAccess.ALL,
                SMB2CreateDisposition.FILE_OPEN,
                null)) {
            byte[] bytes = new byte[512];
            int length = file.read(bytes, 0);
            return length <= 0
                    ? Optional.empty()
                    : Optional.of(new String(bytes, 0, length, StandardCharsets.UTF_8).strip());
        }
    }

    private static SmbConfig config(Login login, Duration limit) {
        int millis = (int) Math.max(50, limit.toMillis());
        return SmbConfig.builder()
                .withDialects(login.dialect())
                .withSecurityProvider(new JceSecurityProvider())
                .withSocketFactory(new BoundedSockets(millis))
                .withTimeout(millis, TimeUnit.MILLISECONDS)
                .withSoTimeout(millis, TimeUnit.MILLISECONDS)
                .build();
    }

    private static String message(Throwable failure) {
        Throwable cause = failure;
        while (cause.getCause() != null && cause.getCause() != cause) {
            cause = cause.getCause();
        }
        return cause.getMessage() == null ? cause.getClass().getSimpleName() : cause.getMessage();
    }
}
