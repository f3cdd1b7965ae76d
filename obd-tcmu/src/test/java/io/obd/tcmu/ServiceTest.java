package io.obd.tcmu;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.obd.image.RegistryBlobs;
import io.obd.image.ServiceConfig;
import io.obd.registry.CredentialSource;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ServiceTest {
    @TempDir
    private Path dir;

    @Test
    void aStartThatFailsKeepsNoCache() throws IOException {
        Files.createFile(dir.resolve("run"));
        ServiceConfig config = ServiceConfig.read(Files.writeString(dir.resolve("overlaybd.json"), """
                {"controlSocket": "%1$s/run/control.sock", "credentialFilePath": "", "auditPath": "%1$s/audit.log",
                 "cacheConfig": {"cacheType": "file", "cacheDir": "%1$s/cache"}}
                """.formatted(dir)));

        assertThatThrownBy(() -> Service.start(config, Map.of())).isInstanceOf(FileAlreadyExistsException.class);

        RegistryBlobs.open(config, CredentialSource.ANONYMOUS).close();
    }
}
