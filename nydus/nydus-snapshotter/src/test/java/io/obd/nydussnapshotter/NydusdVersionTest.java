package io.obd.nydussnapshotter;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class NydusdVersionTest {
    @TempDir
    Path dir;

    @Test
    void aProgramIsAsked() throws Exception {
        assertThat(NydusdVersion.of(program("echo 'Version:  v2.4.4'; echo 'Git Commit:  34e6071e'")))
                .isEqualTo(new NydusdVersion("v2.4.4", "34e6071e"));
        assertThat(NydusdVersion.of(program("echo 'Version:  v0.1.0-obd'")))
                .isEqualTo(new NydusdVersion("v0.1.0-obd", ""));
    }

    @Test
    void aProgramThatSaysNothingIsNamed() throws Exception {
        String program = program("exit 3");

        assertThatThrownBy(() -> NydusdVersion.of(program))
                .isInstanceOf(IOException.class)
                .hasMessageContaining(program)
                .hasMessageContaining("status 3");
    }

    @Test
    void commitsCountIfBothAreKnown() {
        NydusdVersion one = new NydusdVersion("v2.4.4", "34e6071e");

        assertThat(one.agreesWith(new NydusdVersion("v2.4.4", ""))).isTrue();
        assertThat(one.agreesWith(new NydusdVersion("v2.4.4", "34e6071e"))).isTrue();
        assertThat(one.agreesWith(new NydusdVersion("v2.4.4", "88795000"))).isFalse();
        assertThat(one.agreesWith(new NydusdVersion("v2.4.5", "34e6071e"))).isFalse();
    }

    private String program(String script) throws IOException {
        Path file = dir.resolve("nydusd");
        Files.writeString(file, "#!/bin/sh\n" + script + "\n");
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
        return file.toString();
    }
}
