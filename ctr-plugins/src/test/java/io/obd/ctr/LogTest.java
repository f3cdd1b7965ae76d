package io.obd.ctr;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.logging.Level;
import java.util.logging.LogManager;
import java.util.logging.Logger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class LogTest {
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final Logger frames = Logger.getLogger("io.grpc.okhttp.OkHttpClientTransport");
    private final Logger other = Logger.getLogger("org.example.Other");

    @AfterEach
    void reset() {
        LogManager.getLogManager().reset();
    }

    @Test
    void framesAreNeverShownBecausePasswordsAreInThem() {
        Log.install(new PrintStream(out, true, StandardCharsets.UTF_8), true);

        frames.log(Level.FINE, "OUTBOUND DATA: bytes=736563726574");
        other.log(Level.FINE, "something else");

        assertThat(out.toString(StandardCharsets.UTF_8))
                .contains("something else")
                .doesNotContain("736563726574");
    }

    @Test
    void withoutDebugOnlyGraveMattersOfLibrariesAreShown() {
        Log.install(new PrintStream(out, true, StandardCharsets.UTF_8), false);

        frames.log(Level.WARNING, "a warning of gRPC");
        frames.log(Level.SEVERE, "an error of gRPC");

        assertThat(out.toString(StandardCharsets.UTF_8))
                .contains("an error of gRPC")
                .doesNotContain("a warning");
    }
}
