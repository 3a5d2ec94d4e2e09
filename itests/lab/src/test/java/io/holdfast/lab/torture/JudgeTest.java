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
}
