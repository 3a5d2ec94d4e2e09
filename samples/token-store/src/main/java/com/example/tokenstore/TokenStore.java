package com.example.tokenstore;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.holdfast.api.fencing.NewestToken;
import io.holdfast.api.fencing.StaleTokenException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.regex.Pattern;

/**
 * A small store over HTTP that only the owner of a resource can change: {@code PUT /NAME} needs the header {@code Holdfast-Token}, and
 * an older one than was seen is answered with 409. Anybody may {@code GET /NAME}.
 */
public final class TokenStore implements AutoCloseable {
    private static final Pattern NAME = Pattern.compile("/[A-Za-z0-9_-]{1,64}");
    private static final int LONGEST = 1 << 20;

    private final Path folder;
    private final NewestToken newest;
    private final HttpServer server;
    private final ExecutorService threads = Executors.newFixedThreadPool(8);

    /** Opens it on a port of loopback; 0 for any. */
    public TokenStore(Path folder, int port) throws IOException {
        this.folder = Files.createDirectories(folder);
        newest = NewestToken.inFile(folder.resolve(".token"));
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 0);
        server.createContext("/", this::handle);
        server.setExecutor(threads);
        server.start();
    }

    /** {@return its port} */
    public int port() {
        return server.getAddress().getPort();
    }

    private void handle(HttpExchange exchange) throws IOException {
        try (exchange) {
            String path = exchange.getRequestURI().getPath();
            if (!NAME.matcher(path).matches()) {
                answer(exchange, 400, "a name is letters, digits, '_' and '-', at most 64");
            } else if (exchange.getRequestMethod().equals("GET")) {
                Path file = folder.resolve(path.substring(1));
                answer(exchange, Files.exists(file) ? 200 : 404, Files.exists(file) ? Files.readString(file) : "");
            } else if (exchange.getRequestMethod().equals("PUT")) {
                put(exchange, path.substring(1));
            } else {
                answer(exchange, 405, "GET or PUT");
            }
        }
    }

    private void put(HttpExchange exchange, String name) throws IOException {
        byte[] body = exchange.getRequestBody().readNBytes(LONGEST);
        try {
            long token = Long.parseLong(exchange.getRequestHeaders().getFirst("Holdfast-Token"));
            newest.perform(token, () -> {
                Path fresh = Files.write(folder.resolve("." + name + ".new"), body);
                return Files.move(fresh, folder.resolve(name), StandardCopyOption.ATOMIC_MOVE);
            });
            answer(exchange, 200, "");
        } catch (StaleTokenException e) {
            answer(exchange, 409, e.getMessage()); // the sender has to stop, not to try again
        } catch (IllegalArgumentException e) {
            answer(exchange, 400, "Holdfast-Token is missing or no token");
        }
    }

    private static void answer(HttpExchange exchange, int status, String text) throws IOException {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        exchange.sendResponseHeaders(status, bytes.length == 0 ? -1 : bytes.length);
        exchange.getResponseBody().write(bytes);
    }

    @Override
    public void close() {
        server.stop(0);
        threads.shutdownNow();
    }

    /** {@code FOLDER PORT}. */
    public static void main(String[] arguments) throws IOException {
        TokenStore store = new TokenStore(Path.of(arguments[0]), Integer.parseInt(arguments[1]));
        System.out.println("listening on port " + store.port());
    }
}
