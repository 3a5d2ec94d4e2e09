package io.holdfast.cifs.internal;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.api.resource.Problem;
import io.holdfast.testkit.resource.Bench;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ShareSettingsTest {
    private static final Runner ROOT = new Runner("root", true, 1);
    private static final Runner ANNA = new Runner("anna", false, 1024);

    private static List<Problem> problems(Map<String, String> changed) throws InterruptedException {
        return problems(ROOT, changed);
    }

    private static List<Problem> problems(Runner runner, Map<String, String> changed) throws InterruptedException {
        Map<String, String> parameters = new TreeMap<>(
                Map.of("share", "data", "path", "/nonexistent", "address", "10.77.0.100/24", "guest", "true"));
        parameters.putAll(changed);
        CifsType type = new CifsType(Path.of("/nonexistent"), runner, new ShareCheck());
        try (Bench bench = new Bench(type, "files", parameters, System::nanoTime)) {
            return bench.validate();
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "share|a]b|share: 'a]b' is not allowed",
                "share|global|share: global has a special meaning",
                "path|relative|path: 'relative' is not an absolute path",
                "path|/x%y|path holds",
                "address|10.77.0.100|address: '10.77.0.100' is not an IPv4 address",
                "address|10.77.0.300/24|address: '10.77.0.300/24' is not an IPv4 address",
                "comment|100 %|comment holds",
                "netbios-name|much-too-long-for-a-name|netbios-name:",
                "users|Anna;rm|users: 'Anna;rm' is not a user name",
                "users|anna|users need passwords",
                "port|http|port: 'http' is not a port",
                "guest|false|nobody may connect"
            })
    void refusesWhatIsWrong(String name, String value, String problem) throws Exception {
        assertThat(problems(Map.of(name, value))).extracting(Problem::what).anyMatch(what -> what.startsWith(problem));
    }

    @Test
    void letsNoValueSmuggleInAnOption() throws Exception {
        assertThat(problems(Map.of("comment", "x\nroot preexec = rm")))
                .extracting(Problem::what)
                .anyMatch(what -> what.startsWith("comment holds"));
        assertThat(problems(Map.of("comment", "x\\")))
                .extracting(Problem::what)
                .anyMatch(what -> what.startsWith("comment holds"));
    }

    @Test
    void refusesWhatTakesRootWhereTheNodeRunsAsSomebodyElse() throws Exception {
        assertThat(problems(ANNA, Map.of("users", "anna", "password-file", "/nonexistent")))
                .extracting(Problem::what)
                .contains(
                        "address: n1 runs as anna, and only root may put 10.77.0.100 on an interface",
                        "port: n1 runs as anna, and only root may listen on 445",
                        "users: n1 runs as anna, and only root may serve named users");
        assertThat(problems(ANNA, Map.of("address", "127.77.0.100/8", "port", "10445")))
                .extracting(Problem::what)
                .noneMatch(what -> what.contains("only root"))
                .noneMatch(what -> what.contains("no interface"));
        assertThat(problems(ROOT, Map.of())).extracting(Problem::what).noneMatch(what -> what.contains("only root"));
    }

    @Test
    void servesALoopbackAddressAsTheUserOfTheNode() {
        ShareSettings settings = new ShareSettings(
                "data",
                Path.of("/srv"),
                Path.of("/srv/.holdfast/files"),
                "",
                false,
                true,
                List.of(),
                Optional.empty(),
                "WORKGROUP",
                "FILES",
                ServiceAddress.parse("127.77.0.100/8").orElseThrow(),
                Optional.empty(),
                10445);
        assertThat(settings.address().isUp()).isTrue();
        assertThat(SmbConf.text(settings, ANNA, Folders.of(settings, Path.of("/base"), "files")))
                .contains("interfaces = 127.77.0.100/8\n")
                .contains("guest account = anna\n");
    }

    @Test
    void findsItsWayWithAddresses() {
        ServiceAddress address = ServiceAddress.parse("10.77.0.100/24").orElseThrow();
        assertThat(address.cidr()).isEqualTo("10.77.0.100/24");
        assertThat(address.loopback()).isEqualTo("127.77.0.100");
        assertThat(ServiceAddress.parse("0.0.0.0/0")).isEmpty();
        assertThat(ServiceAddress.parse("224.0.0.1/4")).isEmpty();
    }
}
