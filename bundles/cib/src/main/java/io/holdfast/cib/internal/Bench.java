package io.holdfast.cib.internal;

import io.holdfast.cib.CibException;
import io.holdfast.cib.CibReader;
import io.holdfast.planner.cluster.Cluster;
import io.holdfast.planner.engine.Engine;
import io.holdfast.planner.engine.Outcome;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * {@code ./holdfast bench planner}: clusters of groups of five with one preference each, every tenth group together with and after the
 * one before it, on 16 nodes; planned after the loss of a node, and when nothing happened: each time anew, as a file is. A leader
 * remembers its last plan: {@code io.holdfast.testkit.PlanBench} measures that.
 */
public final class Bench {
    private static final int NODES = 16;
    private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();

    private Bench() {}

    /** Words: how often; then, to compare, Pacemaker's {@code crm_simulate}, and up to which size it is run. */
    public static void main(String[] words) throws IOException, CibException, InterruptedException {
        int times = words.length > 0 ? Integer.parseInt(words[0]) : 20;
        String pacemaker = words.length > 1 ? words[1] : "";
        int most = words.length > 2 ? Integer.parseInt(words[2]) : 1000;
        System.out.println("CPU time in ms                      min   median      max   heap MiB   Pacemaker");
        for (int resources : List.of(100, 1000, 3000, 10_000)) {
            run(resources, times, resources <= most ? pacemaker : "");
        }
    }

    private static void run(int resources, int times, String pacemaker)
            throws IOException, CibException, InterruptedException {
        Map<String, String> running = new HashMap<>();
        Outcome first = Engine.plan(CibReader.read(text(resources, running, false), 0));
        first.placement().forEach((resource, nodes) -> nodes.keySet().forEach(node -> running.put(resource, node)));
        String lost = text(resources, running, true);
        String theirs = pacemaker.isEmpty() ? "" : pacemaker(pacemaker, lost);
        measure(resources + " x " + NODES + ", a node is lost", CibReader.read(lost, 0), times, theirs);
        measure(
                resources + " x " + NODES + ", all well, anew",
                CibReader.read(text(resources, running, false), 0),
                times,
                "");
    }

    private static void measure(String what, Cluster cluster, int times, String theirs) {
        long until = THREADS.getCurrentThreadCpuTime() + TimeUnit.SECONDS.toNanos(3); // to be compiled
        while (THREADS.getCurrentThreadCpuTime() < until) {
            Engine.plan(cluster);
        }
        long[] nanos = new long[times];
        for (int i = 0; i < times; i++) {
            long start = THREADS.getCurrentThreadCpuTime();
            Engine.plan(cluster);
            nanos[i] = THREADS.getCurrentThreadCpuTime() - start;
        }
        Arrays.sort(nanos);
        long heap = ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed() >> 20;
        System.out.printf(
                "%-32s %8.1f %8.1f %8.1f %10d   %s%n",
                what, nanos[0] / 1e6, nanos[times / 2] / 1e6, nanos[times - 1] / 1e6, heap, theirs);
    }

    /** Plans the same file once with Pacemaker; its CPU time, reading the file included. */
    private static String pacemaker(String program, String text) throws IOException, InterruptedException {
        Path file = Files.createTempFile("holdfast-bench", ".xml");
        try {
            Files.writeString(file, text.replace("fencing-enabled", "stonith-enabled"));
            Process process = new ProcessBuilder(
                            "bash",
                            "-c",
                            "TIMEFORMAT='%U'; time \"$0\" -x \"$1\" -R -Q >/dev/null 2>&1 || exit 1",
                            program,
                            file.toString())
                    .redirectErrorStream(true)
                    .start();
            String seconds = new String(
                            process.getInputStream().readAllBytes(), java.nio.charset.StandardCharsets.UTF_8)
                    .strip();
            process.waitFor();
            if (process.exitValue() != 0) {
                return "it refused the file";
            }
            return String.format("%.0f", Double.parseDouble(seconds.replace(',', '.')) * 1000);
        } finally {
            Files.delete(file);
        }
    }

    private static String text(int resources, Map<String, String> running, boolean lost) {
        StringBuilder text = new StringBuilder(
                "<cib validate-with='pacemaker-3.0' admin_epoch='0' epoch='1' num_updates='1' have-quorum='1' dc-uuid='1'><configuration><crm_config>"
                        + "<cluster_property_set id='o'><nvpair id='o1' name='fencing-enabled' value='true'/>"
                        + "</cluster_property_set></crm_config><nodes>");
        for (int node = 1; node <= NODES; node++) {
            text.append("<node id='")
                    .append(node)
                    .append("' uname='n")
                    .append(node)
                    .append("'/>");
        }
        text.append("</nodes><resources><primitive id='power' class='stonith' type='fence_test'/>");
        for (int r = 0; r < resources; r++) {
            text.append(r % 5 == 0 ? "<group id='g" + r / 5 + "'>" : "")
                    .append("<primitive id='r")
                    .append(r)
                    .append("' class='ocf' provider='test' type='Thing'>")
                    .append("<meta_attributes id='m")
                    .append(r)
                    .append("'><nvpair id='s")
                    .append(r)
                    .append("' name='resource-stickiness' value='10'/></meta_attributes></primitive>")
                    .append(r % 5 == 4 || r == resources - 1 ? "</group>" : "");
        }
        text.append("</resources><constraints>");
        for (int group = 0; group < (resources + 4) / 5; group++) {
            text.append("<rsc_location id='l")
                    .append(group)
                    .append("' rsc='g")
                    .append(group)
                    .append("' node='n")
                    .append(group % NODES + 1)
                    .append("' score='100'/>");
            if (group % 10 == 9) {
                String pair = "'g" + (group - 1) + "'";
                text.append("<rsc_colocation id='c")
                        .append(group)
                        .append("' rsc='g")
                        .append(group)
                        .append("' with-rsc=")
                        .append(pair)
                        .append(" score='INFINITY'/><rsc_order id='w")
                        .append(group)
                        .append("' first=")
                        .append(pair)
                        .append(" then='g")
                        .append(group)
                        .append("'/>");
            }
        }
        text.append("</constraints></configuration><status>");
        for (int node = 1; node <= NODES; node++) {
            boolean gone = lost && node == NODES;
            text.append("<node_state id='")
                    .append(node)
                    .append("' uname='n")
                    .append(node)
                    .append("' in_ccm='")
                    .append(!gone)
                    .append("' crmd='")
                    .append(gone ? "offline" : "online")
                    .append("' join='")
                    .append(gone ? "down" : "member")
                    .append("' expected='member'><lrm id='")
                    .append(node)
                    .append("'><lrm_resources>");
            for (Map.Entry<String, String> entry : running.entrySet()) {
                if (entry.getValue().equals("n" + node)) {
                    boolean power = entry.getKey().equals("power");
                    text.append("<lrm_resource id='")
                            .append(entry.getKey())
                            .append(
                                    power
                                            ? "' class='stonith' type='fence_test'>"
                                            : "' class='ocf' provider='test' type='Thing'>")
                            .append("<lrm_rsc_op id='")
                            .append(entry.getKey())
                            .append(
                                    "_start_0' operation='start' interval='0' call-id='1' rc-code='0' op-status='0'"
                                            + " op-digest='f2317cad3d54cec5d7d7aa7d0bf35cf8' transition-key='1:1:0:a' transition-magic='0:0;1:1:0:a'/></lrm_resource>");
                }
            }
            text.append("</lrm_resources></lrm></node_state>");
        }
        return text.append("</status></cib>").toString();
    }
}
