package io.holdfast.agents.ocf.internal;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.attribute.FileTime;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * Asks agents for their meta-data, and remembers the answer until the file changes; a bad answer too, so that an agent that hangs costs
 * its time once. The only thing that runs an agent outside a resource's cgroup: meta-data is asked for before there is a resource.
 */
final class MetaDataReader {
    /** OCF asks agents to answer at once; five seconds are what most of them declare. */
    private static final int LIMIT_MILLIS = 5000;

    private static final int LOOK_MILLIS = 5;
    private static final int LIMIT_BYTES = 1024 * 1024;

    private final Map<AgentFile, Answer> answers = new ConcurrentHashMap<>();

    private record Answer(FileTime time, long size, Object content) {}

    MetaData read(AgentFile agent, Map<String, String> environment) throws MetaData.Unreadable, InterruptedException {
        try {
            FileTime time = Files.getLastModifiedTime(agent.path());
            long size = Files.size(agent.path());
            Answer known = answers.get(agent);
            if (known == null || !known.time().equals(time) || known.size() != size) {
                known = new Answer(time, size, ask(agent, environment));
                answers.put(agent, known);
            }
            if (known.content() instanceof MetaData metaData) {
                return metaData;
            }
            throw new MetaData.Unreadable(known.content().toString());
        } catch (IOException e) {
            throw new MetaData.Unreadable("cannot be read: " + e);
        }
    }

    /** {@return the meta-data, or the reason why there is none} */
    private static Object ask(AgentFile agent, Map<String, String> environment)
            throws IOException, InterruptedException {
        ProcessBuilder builder = new ProcessBuilder(agent.path().toString(), "meta-data");
        builder.environment().clear();
        builder.environment().put("PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin");
        builder.environment().putAll(environment);
        builder.redirectError(ProcessBuilder.Redirect.DISCARD);
        Process process = builder.start();
        try {
            process.getOutputStream().close();
            return MetaData.parse(agent.type(), collect(process));
        } catch (MetaData.Unreadable e) {
            return "" + e.getMessage();
        } finally {
            Stream.concat(process.descendants().toList().stream(), Stream.of(process.toHandle()))
                    .forEach(ProcessHandle::destroyForcibly);
        }
    }

    /** Looked at again and again, because a read would wait for a child of the agent that keeps the pipe open. */
    private static String collect(Process process) throws IOException, InterruptedException, MetaData.Unreadable {
        ByteArrayOutputStream output = new ByteArrayOutputStream();
        InputStream from = process.getInputStream();
        for (int waited = 0; waited < LIMIT_MILLIS; waited += LOOK_MILLIS) {
            boolean ended = process.waitFor(LOOK_MILLIS, TimeUnit.MILLISECONDS);
            for (int ready = from.available(); ready > 0; ready = from.available()) {
                output.write(from.readNBytes(ready));
                if (output.size() > LIMIT_BYTES) {
                    throw new MetaData.Unreadable("its meta-data is longer than " + LIMIT_BYTES + " bytes");
                }
            }
            if (ended) {
                if (process.exitValue() != 0) {
                    throw new MetaData.Unreadable("its meta-data: the agent " + ExitCode.meaning(process.exitValue()));
                }
                return output.toString(StandardCharsets.UTF_8);
            }
        }
        throw new MetaData.Unreadable("its meta-data: the agent did not answer within " + LIMIT_MILLIS + " ms");
    }
}
