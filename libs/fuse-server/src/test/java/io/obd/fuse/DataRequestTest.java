package io.obd.fuse;

import static org.assertj.core.api.Assertions.assertThat;

import io.obd.linux.RawFile;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class DataRequestTest {
    private final Node node = new Node(2, "vda", new MemoryFile(new byte[8192], false));
    private final DataRequest request = new DataRequest();
    private RawFile channel;

    @BeforeEach
    void open() throws IOException {
        channel = RawFile.open(Path.of("/dev/null"), RawFile.READ_WRITE);
        request.begin(channel, node, Opcode.READ, 7, 4096, 512);
    }

    @AfterEach
    void close() throws IOException {
        channel.close();
    }

    @Test
    void isAnsweredOnce() {
        assertThat(request.claim()).isTrue();
        assertThat(request.claim()).isFalse();
        assertThat(request.isAnswered()).isTrue();
    }

    @Test
    void theWatchdogClaimsOnlyWhatIsOld() {
        assertThat(request.claimIfOlderThan(System.nanoTime() - 1_000_000_000L).channel())
                .isNull();
        assertThat(request.isAnswered()).isFalse();

        DataRequest.Claim claim = request.claimIfOlderThan(System.nanoTime() + 1);

        assertThat(claim.unique()).isEqualTo(7);
        assertThat(claim.channel()).isSameAs(channel);
        assertThat(claim.request()).isEqualTo("vda: read of 512 bytes at 4096");
        assertThat(request.claim()).isFalse();
    }

    @Test
    void canBeUsedForTheNextRequest() {
        assertThat(request.claim()).isTrue();
        request.begin(channel, node, Opcode.FSYNC, 8, 0, 0);
        assertThat(request.claim()).isTrue();
    }
}
