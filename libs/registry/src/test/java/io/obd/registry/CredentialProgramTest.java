package io.obd.registry;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class CredentialProgramTest {
    private static final byte[] REQUEST = "registry.example".getBytes(UTF_8);

    private final CredentialProgram programs = new CredentialProgram(Duration.ofMinutes(1));

    @Test
    void aProgramReadsTheRequestAndItsEnvironment() throws IOException {
        byte[] answer = programs.ask(shell("echo \"$(cat) $REGION\""), Map.of("REGION", "north"), REQUEST);
        assertThat(answer).asString(UTF_8).isEqualTo("registry.example north\n");
    }

    @Test
    void whatFailsIsQuotedToALimit() {
        assertThatThrownBy(() -> programs.ask(shell("echo no role >&2; exit 3"), Map.of(), REQUEST))
                .isInstanceOf(CredentialProgram.Failed.class)
                .hasMessage("sh failed with status 3: no role");
        assertThatThrownBy(() -> programs.ask(shell("head -c 100000 /dev/zero >&2; exit 3"), Map.of(), REQUEST))
                .isInstanceOf(CredentialProgram.Failed.class)
                .satisfies(e -> assertThat(e.getMessage()).hasSizeLessThan(1100));
    }

    @Test
    void aProgramNeedNotReadItsRequest() throws IOException {
        byte[] more = new byte[1 << 20]; // than the pipe holds
        assertThat(programs.ask(shell("exec <&-; echo known"), Map.of(), more))
                .asString(UTF_8)
                .isEqualTo("known\n");
    }

    @Test
    void anEndlessAnswerIsCutOff() throws IOException {
        assertThat(programs.ask(shell("head -c 3000000 /dev/zero"), Map.of(), REQUEST))
                .hasSize(1 << 20);
    }

    @Test
    void aProgramThatHangsIsKilledWithItsChildren() {
        assertThatThrownBy(() ->
                        new CredentialProgram(Duration.ofMillis(50)).ask(shell("sleep 1000; true"), Map.of(), REQUEST))
                .hasMessage("sh did not end within 0 s");
    }

    private static List<String> shell(String script) {
        return List.of("sh", "-c", script);
    }
}
