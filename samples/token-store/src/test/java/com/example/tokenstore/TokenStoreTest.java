package com.example.tokenstore;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class TokenStoreTest {
    private static final HttpClient CLIENT = HttpClient.newHttpClient();

    @TempDir
    Path folder;

    private TokenStore store;

    @BeforeEach
    void open() throws IOException {
        store = new TokenStore(folder, 0);
    }

    @AfterEach
    void close() {
        store.close();
    }

    private HttpResponse<String> send(HttpRequest.Builder request) throws Exception {
        return CLIENT.send(request.build(), HttpResponse.BodyHandlers.ofString());
    }

    private HttpRequest.Builder at(String name) {
        return HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + store.port() + "/" + name));
    }

    private HttpResponse<String> put(String name, long token, String text) throws Exception {
        return send(at(name).header("Holdfast-Token", Long.toString(token))
                .PUT(HttpRequest.BodyPublishers.ofString(text)));
    }

    private String get(String name) throws Exception {
        return send(at(name)).body();
    }

    @Test
    void theOwnerOfBeforeIsRefused() throws Exception {
        assertEquals(200, put("state", 41, "from n1").statusCode());
        assertEquals(200, put("state", 57, "from n2, which took over").statusCode());
        HttpResponse<String> late = put("state", 41, "from n1, which woke up");
        assertEquals(409, late.statusCode());
        assertTrue(late.body().contains("fencing token 41 is older than 57"), late.body());
        assertEquals("from n2, which took over", get("state"));
    }

    @Test
    void aRestartedStoreRefusesItToo() throws Exception {
        put("state", 57, "from n2");
        store.close();
        open();
        assertEquals(409, put("other", 41, "from n1").statusCode());
        assertEquals(404, send(at("other")).statusCode());
    }

    @Test
    void whoHasNoGrantWritesNothing() throws Exception {
        assertEquals(400, put("state", 0, "from nobody").statusCode());
        assertEquals(400, send(at("state").PUT(HttpRequest.BodyPublishers.ofString("x"))).statusCode());
        assertEquals(400, put("../state", 5, "from outside").statusCode());
        assertEquals(404, send(at("state")).statusCode());
    }

    /** As an agent or a command of a resource would, with the token of its environment. */
    @Test
    void aShellCanSendItsToken() throws Exception {
        put("state", 57, "from n2");
        for (String token : List.of("41", "58")) {
            ProcessBuilder builder = new ProcessBuilder(
                            "bash",
                            "-c",
                            "exec 3<>/dev/tcp/127.0.0.1/" + store.port() + "; printf 'PUT /state HTTP/1.1\\r\\nHost: store\\r\\n"
                                    + "Holdfast-Token: '$HOLDFAST_TOKEN'\\r\\nContent-Length: 5\\r\\nConnection: close\\r\\n\\r\\nshell'"
                                    + " >&3; head -n 1 <&3")
                    .redirectErrorStream(true);
            builder.environment().put("HOLDFAST_TOKEN", token);
            Process process = builder.start();
            assertTrue(process.waitFor(20, TimeUnit.SECONDS));
            String answer = new String(process.getInputStream().readAllBytes());
            assertTrue(answer.contains(token.equals("41") ? " 409 " : " 200 "), answer);
        }
        assertEquals("shell", get("state"));
    }
}
