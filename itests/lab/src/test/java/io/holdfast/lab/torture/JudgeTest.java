package io.holdfast.lab.torture;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Histories that must be refused, each for the right reason, and such that must not. */
final class JudgeTest {
    @TempDir
    Path folder;

    private final List<String> lines = new ArrayList<>();

    @BeforeEach
    void threeMachines() {
        at(0, "begin 3 1000");
        at(0, "machine n1 net:[1]");
        at(0, "machine n2 net:[2]");
        at(0, "machine n3 net:[3]");
        at(10, "calm");
    }

    private void at(long ms, String text) {
        lines.add(ms * 1_000_000 + " " + text);
    }

    /** Announcements of a resource each 20 ms. */
    private void alive(String resource, int machine, long token, long pid, long fromMs, long toMs) {
        for (long ms = fromMs; ms <= toMs; ms += 20) {
            at(ms, "alive " + resource + " net:[" + machine + "] " + token + " " + pid);
        }
    }

    private void fault(long fromMs, String targets, String resources, boolean harmless, long healedMs, long calmMs) {
        at(fromMs, "fault 1 " + targets + " " + resources + " " + (harmless ? "harmless" : "hurts") + " something");
        at(healedMs, "ended 1");
        at(healedMs, "healed");
        at(calmMs, "calm");
    }

    private Judge judge() {
        at(100_000, "end");
        return unfinished();
    }

    private Judge unfinished() {
        try {
            return new Judge(Layout.THREE, Duration.ofSeconds(60), Files.write(folder.resolve("history"), lines));
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private void assertRefused(String... reasons) {
        List<String> texts =
                judge().violations().stream().map(Judge.Violation::text).toList();
        assertThat(texts).hasSize(reasons.length);
        for (int i = 0; i < reasons.length; i++) {
            assertThat(texts.get(i)).contains(reasons[i]);
        }
    }

    @Test
    void aTakeoverWithACauseIsFine() {
        alive("service", 1, 7, 100, 20, 5000);
        alive("service", 2, 9, 200, 6400, 20_000);
        fault(5000, "n1", "-", false, 9000, 12_000);
        Judge judge = judge();
        assertThat(judge.violations()).isEmpty();
        assertThat(judge.outages()).containsEntry("service", 1400L);
        assertThat(judge.recoveries()).containsExactly(3000L);
        assertThat(judge.faults()).isEqualTo(1);
    }

    @Test
    void twoAtOnce() {
        alive("service", 1, 7, 100, 20, 6500);
        alive("service", 2, 9, 200, 6400, 20_000);
        fault(5000, "n1", "-", false, 9000, 12_000);
        assertRefused("service was active twice: on n1 (token 7, process 100)");
    }

    @Test
    void oneThatThawsWhenAnotherHasTakenOver() {
        alive("service", 1, 7, 100, 20, 5000);
        alive("service", 2, 9, 200, 6400, 20_000);
        alive("service", 1, 7, 100, 8000, 8000);
        fault(5000, "n1", "-", false, 9000, 12_000);
        assertThat(judge().violations())
                .extracting(Judge.Violation::text)
                .anyMatch(text -> text.contains("service was active twice"));
    }

    @Test
    void oneAddressOnTwoMachines() {
        alive("address", 1, 0, 0, 20, 6500);
        alive("address", 2, 0, 0, 6450, 20_000);
        fault(5000, "n1", "-", false, 9000, 12_000);
        assertRefused("address was active twice");
    }

    @Test
    void anAddressThatComesBackIsNoOverlap() {
        alive("address", 1, 0, 0, 20, 5000);
        alive("address", 2, 0, 0, 6400, 7000);
        alive("address", 1, 0, 0, 8400, 20_000);
        fault(5000, "n1,n2", "-", false, 9000, 12_000);
        assertThat(judge().violations()).isEmpty();
    }

    @Test
    void twoProcessesOnOneMachine() {
        alive("service", 1, 7, 100, 20, 6500);
        alive("service", 1, 7, 101, 6400, 20_000);
        fault(5000, "n1", "-", false, 9000, 12_000);
        assertRefused("service was active twice");
    }

    @Test
    void aTokenThatShrinks() {
        alive("service", 1, 9, 100, 20, 5000);
        alive("service", 2, 7, 200, 6400, 20_000);
        fault(5000, "n1", "-", false, 9000, 12_000);
        assertRefused("an older token came after a newer one");
    }

    @Test
    void oneTokenOnTwoMachines() {
        alive("service", 1, 7, 100, 20, 5000);
        alive("service", 2, 7, 200, 6400, 20_000);
        fault(5000, "n1", "-", false, 9000, 12_000);
        assertRefused("one token on two machines");
    }

    @Test
    void aMoveFromANodeThatNothingBefell() {
        alive("service", 1, 7, 100, 20, 5000);
        alive("service", 2, 9, 200, 5100, 20_000);
        fault(4000, "n3", "-", false, 9000, 12_000);
        assertRefused("service moved from n1 to n2 (100 ms) though nothing befell it: something");
    }

    @Test
    void aFaultShorterThanTheLeaseMovesNothing() {
        alive("service", 1, 7, 100, 20, 5000);
        alive("service", 1, 8, 101, 6000, 20_000);
        fault(4000, "n1", "-", true, 9000, 12_000);
        assertRefused("service was interrupted on n1 (1000 ms) though nothing befell it");
    }

    @Test
    void whatAFaultTouchesMayBeInterrupted() {
        alive("service", 1, 7, 100, 20, 5000);
        alive("service", 1, 7, 101, 6000, 20_000);
        fault(4000, "-", "service", true, 9000, 12_000);
        assertThat(judge().violations()).isEmpty();
    }

    @Test
    void withoutAMajorityAllMayStop() {
        alive("service", 3, 7, 100, 20, 5000);
        alive("service", 3, 8, 101, 8000, 20_000);
        at(4000, "fault 2 n2 - hurts another");
        fault(4000, "n1", "-", false, 9000, 12_000);
        assertThat(judge().violations()).isEmpty();
    }

    @Test
    void aMoveThatTheClusterDoesNotExplain() {
        alive("service", 1, 7, 100, 20, 5000);
        alive("service", 2, 9, 200, 6400, 20_000);
        alive("worker", 1, 8, 101, 20, 20_000);
        fault(5000, "n1", "-", false, 9000, 12_000);
        at(12_001, "granted service 7 : first of n1, n2");
        at(12_002, "granted service 9 ");
        at(12_003, "granted worker 8 : it is with service");
        at(90_000, "found a 0");
        assertRefused("service ran on n2 (token 9, process 200)");
    }

    @Test
    void aSilenceInTheCalm() {
        alive("service", 1, 7, 100, 20, 5000);
        alive("service", 1, 7, 100, 6000, 20_000);
        assertRefused("service was interrupted on n1 (1000 ms) though there was no fault");
    }

    @Test
    void theMachineItselfMayStandStill() {
        alive("service", 1, 7, 100, 20, 5000);
        at(5800, "stall 800");
        alive("service", 1, 8, 101, 7500, 20_000);
        assertThat(judge().violations()).isEmpty();
        assertThat(judge().excused()).isEqualTo(1);
    }

    @Test
    void theMachineMayHaveNoProcessorForANode() {
        alive("service", 1, 7, 100, 20, 5000);
        for (long ms = 4200; ms < 5000; ms += 100) {
            at(ms, "starved n2 80");
            at(ms + 1000, "starved n3 40");
        }
        alive("service", 1, 8, 101, 7500, 20_000);
        Judge judge = judge();
        assertThat(judge.violations()).isEmpty();
        assertThat(judge.excused()).isEqualTo(1);
        assertThat(judge.mostStarved()).isEqualTo(640);
    }

    @Test
    void aNodeThatWaitedALittleForAProcessorIsNotExcused() {
        alive("service", 1, 7, 100, 20, 5000);
        for (long ms = 3200; ms < 5000; ms += 400) {
            at(ms, "starved n2 40");
            at(ms, "starved n3 40");
        }
        alive("service", 1, 8, 101, 7500, 20_000);
        assertRefused("service was interrupted on n1 (2500 ms) though there was no fault");
    }

    @Test
    void anAcknowledgedChangeThatIsLost() {
        at(3000, "asked a 1");
        at(3001, "acked a 1");
        at(3002, "asked a 2");
        at(3003, "acked a 2");
        at(3004, "asked b 3");
        at(3005, "acked b 3");
        at(90_000, "found a 1");
        assertThat(judge().violations())
                .extracting(Judge.Violation::text)
                .containsExactlyInAnyOrder(
                        "a 2 was acknowledged, but 1 is there", "b 3 was acknowledged and is not there");
    }

    @Test
    void aChangeOfUnknownOutcomeMayHaveHappened() {
        at(3000, "asked a 1");
        at(3002, "asked a 2");
        at(3003, "acked a 2");
        at(3004, "asked a 3");
        at(90_000, "found a 3");
        assertThat(judge().violations()).isEmpty();
    }

    @Test
    void aChangeThatNobodyAskedFor() {
        at(90_000, "found a 3");
        assertRefused("nobody asked for it");
    }

    @Test
    void aLostWriteToTheShare() {
        at(90_000, "smb 1000 2");
        assertRefused("2 acknowledged writes to the share were lost");
    }

    @Test
    void aClusterThatDoesNotComeBack() {
        fault(4000, "n1", "-", false, 9000, 99_000);
        at(70_000, "lost service is stopped");
        assertThat(judge().violations())
                .extracting(Judge.Violation::text)
                .anyMatch(text -> text.contains("not well 60 s after the last fault: service is stopped"))
                .anyMatch(text -> text.contains("well only 90000 ms after the last fault"));
    }

    @Test
    void aHealthyNodeThatIsFencedOrReset() {
        fault(4000, "n1", "-", false, 9000, 12_000);
        at(5000, "expelled n2 it is expelled");
        at(6000, "expelled n1 it is expelled");
        at(30_000, "reset n3");
        assertRefused("n2 was expelled though nothing befell it: something", "n3 was reset though nothing befell it");
    }

    @Test
    void aSilenceThatWasShorterThanTheLease() {
        fault(4000, "n1", "-", false, 9000, 12_000);
        at(5000, "stall 5000");
        at(5000, "expelled n1 n1 is expelled (incarnation 3): silent since 510 ms, so its lease of 1 s is over");
        at(5001, "expelled n1 n1 is expelled (incarnation 4): silent since 1.01 s, so its lease of 1 s is over");
        at(5002, "expelled n1 n1 is expelled (incarnation 5): silent since 1 min 3 s, so its lease of 1 s is over");
        at(5003, "expelled n1 n1 is expelled (incarnation 6): silent since 0.97 s, so its lease of 1 s is over");
        assertRefused(
                "n1 was expelled after a silence of only 510 ms", "n1 was expelled after a silence of only 970 ms");
    }

    @Test
    void twoAnswersForOneAddress() {
        at(30_000, "twice 123 ARP answers");
        assertRefused("two machines answered for one address");
    }

    @Test
    void aFaultThatCouldNotBeBrought() {
        fault(4000, "n1", "-", false, 9000, 12_000);
        at(4001, "void 1 no such command");
        assertRefused("fault 1 did not come about: 1 no such command");
    }

    @Test
    void anUnknownMachine() {
        alive("service", 1, 7, 100, 20, 6500);
        alive("service", 9, 9, 200, 6400, 20_000);
        fault(5000, "n1", "-", false, 9000, 12_000);
        assertRefused("an unknown machine net:[9]");
    }

    @Test
    void aHistoryThatBreaksOff() {
        assertThat(unfinished().violations())
                .extracting(Judge.Violation::text)
                .containsExactly("the history has no end");
    }

    @Test
    void aViolationShowsTheLinesAroundIt() {
        alive("service", 1, 7, 100, 20, 6500);
        alive("service", 2, 9, 200, 6400, 20_000);
        fault(5000, "n1", "-", false, 9000, 12_000);
        assertThat(judge().violations().get(0).excerpt())
                .contains("6400000000 alive service net:[2] 9 200", "6380000000 alive service net:[1] 7 100")
                .contains("5000000000 fault 1 n1 - hurts something");
    }

    /** An episode of one fault, after which the events were read. */
    private void told(String targets, String what, String... events) {
        at(20, "daemon n1 11");
        at(21, "daemon n2 12");
        at(4000, "fault 1 " + targets + " - hurts " + what);
        at(8000, "ended 1");
        at(8001, "healed");
        at(12_000, "calm");
        at(13_000, "events " + events.length);
        for (int i = 0; i < events.length; i++) {
            at(13_000, "event " + (100 + i) + " " + events[i]);
        }
    }

    private static final String EXPELLED =
            "n1 is expelled (incarnation 3): silent since 1.05 s, so its lease of 1 s is over; its resources may move";
    private static final String JOINED = "n1 joined as incarnation 7 (lease 1000 ms)";

    @Test
    void aLossOfPowerIsTold() {
        told("n1", "power lost", EXPELLED, JOINED);
        at(9000, "machine n1 net:[4]");
        at(11_000, "daemon n1 21");
        assertThat(judge().violations()).isEmpty();
    }

    @Test
    void aLossOfPowerThatNoEventTells() {
        told("n1", "power lost", EXPELLED.replace("n1", "n2"), JOINED.replace("n1", "n2"));
        at(9000, "machine n1 net:[4]");
        at(11_000, "daemon n1 21");
        assertRefused(
                "no event says 'n1 is expelled' or 'n1 stopped everything and left', though n1 lost its power",
                "no event says 'n1 joined as incarnation', though n1 started again",
                "no event says 'n1 joined as incarnation' or 'n1 goes on as incarnation ... its daemon restarted', though the daemon");
    }

    @Test
    void whatIsToldOnlyAfterTheNextFaultIsTooLate() {
        told("n1", "power lost");
        at(9000, "machine n1 net:[4]");
        at(20_000, "fault 2 n1 - hurts power lost");
        at(21_000, "event 110 " + EXPELLED);
        at(21_001, "event 111 " + JOINED);
        at(22_000, "healed");
        at(23_000, "calm");
        assertRefused("though n1 lost its power", "though n1 started again");
    }

    @Test
    void anotherDaemonIsTold() {
        told("n1", "SIGKILL", "n1 goes on as incarnation 3: its daemon restarted under the same guard session");
        at(11_000, "daemon n1 21");
        at(11_001, "daemon n2 12");
        assertThat(judge().violations()).isEmpty();
    }

    @Test
    void aSilenceIsToldIfItsFaultWasAlone() {
        told("n1", "SIGSTOP", EXPELLED.replace("silent since", "asked for, not"));
        at(4001, "must 1 n1 is expelled ... silent since");
        assertRefused("no event says 'n1 is expelled ... silent since', though SIGSTOP");
        lines.remove(lines.size() - 1);
        at(4002, "fault 2 n2 - hurts another");
        assertThat(judge().violations()).isEmpty();
    }

    @Test
    void whatNobodyReadNeedNotBeThere() {
        told("n1", "power lost");
        lines.removeIf(line -> line.contains(" events "));
        at(9000, "machine n1 net:[4]");
        assertThat(judge().violations()).isEmpty();
    }

    @Test
    void whatAnAdministratorDidIsTold() {
        told(
                "n1",
                "standby",
                "root@n2 puts n1 in standby: everything moves away from it",
                "root@n2 wants site on n2, until 'ha unmove site'",
                "n3 is held for at most 40000 ms: an interruption is planned");
        at(5000, "did n2 standby n1");
        at(5001, "did n2 move site n2");
        at(5002, "did n3 hold 40s");
        assertThat(judge().violations()).isEmpty();
    }

    @Test
    void whatAnAdministratorDidAndNoEventTells() {
        told("n1", "standby", "root@n2 puts n2 in standby: everything moves away from it");
        at(5000, "did n2 standby n1");
        at(5001, "did n2 online n1");
        at(5002, "did n2 move site n2");
        at(5003, "did n2 unmove site");
        at(5004, "did n2 fence n1");
        at(5005, "did n2 hold 40s");
        at(5006, "did n2 swap ledger");
        assertRefused(
                "no event says ' puts n1 in standby'",
                "no event says ' takes n1 out of standby'",
                "no event says ' wants site on n2,'",
                "no event says ' lets site be",
                "no event says 'n1 is expelled'",
                "no event says 'n2 is held",
                "no event says ' swapped ledger on n2:'");
    }

    @Test
    void anAcknowledgedChangeThatNoEventTells() {
        at(3000, "asked change1 13");
        at(3001, "acked change1 13");
        at(3002, "asked document 8");
        at(3003, "acked document 8");
        at(50_000, "event 20 root sets attribute change1 of n1 to 113");
        at(50_000, "events 1");
        at(90_000, "found change1 13");
        at(90_000, "found document 8");
        assertRefused(
                "no event says 'sets attribute change1 of ... to 13'",
                "1 documents were acknowledged, and the events tell of 0");
    }

    private void changed() {
        at(3000, "asked change1 3");
        at(3100, "acked change1 3");
        at(4000, "asked change1 13");
        at(4100, "acked change1 13");
        at(50_000, "event 20 root sets attribute change1 of n1 to 3");
        at(50_000, "event 25 service goes to n1 under token 25: first of n1, n2");
        at(50_000, "event 30 root sets attribute change1 of n1 to 13");
        at(50_000, "event 40 service goes to n2 under token 40: takeover");
        at(90_000, "found change1 13");
    }

    @Test
    void aStatusMayBeOldIfItSaysHowOld() {
        changed();
        at(3200, "shown n1 20 fresh change1=3");
        at(5000, "shown n2 10 known ");
        at(5000, "shown n3 29 known service=25 change1=3");
        at(5000, "shown n1 30 fresh change1=13");
        at(6000, "shown n1 40 known change1=13 service=40");
        assertThat(judge().violations()).isEmpty();
    }

    @Test
    void aStatusThatShowsMoreOrLessThanItsRevision() {
        changed();
        at(5000, "shown n2 19 known change1=3");
        at(5001, "shown n3 29 known service=25 change1=13");
        at(5002, "shown n1 30 known service=25 change1=3");
        at(5003, "shown n1 40 known service=25 change1=13");
        assertRefused(
                "n2 showed at revision 19 change1 as 3, which was nothing then",
                "n3 showed at revision 29 change1 as 13, which was 3 then",
                "n1 showed at revision 30 change1 as 3, which was 13 then",
                "n1 showed at revision 40 service under token 25; the newest was 40");
    }

    @Test
    void aStatusThatIsNotAsNewAsItWasAskedToBe() {
        changed();
        at(4050, "shown n2 20 fresh change1=3");
        at(5000, "shown n2 29 fresh change1=3");
        assertRefused("n2 showed at revision 29 as up to date, though change1 had changed at revision 30 before");
    }
}
