package io.obd.fuse;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.obd.linux.RawFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class HandshakeTest {
    private static final int IN = 40;
    private static final int OUT = 16;
    private static final int EXT = 1 << 30;

    private final ByteBuffer buffer = ByteBuffer.allocate(128).order(ByteOrder.nativeOrder());
    private final Handshake handshake = new Handshake(InitLayout.FLAT, buffer);

    private void offer(int flags, int flags2) {
        buffer.putInt(IN + 8, 131072).putInt(IN + 12, flags).putInt(IN + 16, flags2);
    }

    @Test
    void onlyWhatTheKernelOffersIsTaken() {
        offer(1 | 1 << 5 | 1 << 21 | 1 << 22, -1);

        FuseSession session = handshake.agree(45, 64);

        assertThat(session).isEqualTo(new FuseSession(38, 1 | 1 << 5 | 1 << 22, 1 << 20, 0));
        assertThat(session.canResend()).isFalse();
        assertThat(buffer.getInt(OUT)).isEqualTo(7);
        assertThat(buffer.getInt(OUT + 4)).isEqualTo(38);
        assertThat(buffer.getInt(OUT + 8)).isEqualTo(131072);
        assertThat(buffer.getInt(OUT + 12)).isEqualTo(1 | 1 << 5 | 1 << 22);
        assertThat(Short.toUnsignedInt(buffer.getShort(OUT + 16))).isEqualTo(65535);
        assertThat(buffer.getInt(OUT + 20)).isEqualTo(1 << 20);
        assertThat(buffer.getShort(OUT + 28)).isEqualTo((short) 256);
        assertThat(buffer.getInt(OUT + 32)).isZero();
    }

    @Test
    void aKernelThatCanSendRequestsAgainIsRemembered() {
        offer(EXT, 1 << 7 | 1);

        assertThat(handshake.agree(31, 64).canResend()).isTrue();
        assertThat(buffer.getInt(OUT + 12)).isEqualTo(EXT);
        assertThat(buffer.getInt(OUT + 32)).isEqualTo(1 << 7);
    }

    @Test
    void anOlderKernelHasNoSecondWordOfFlags() {
        offer(EXT, -1);

        assertThat(handshake.agree(31, 16).flags()).isZero();
    }

    @Test
    void aSessionIsTheSameAfterItWasKept() {
        FuseSession session = new FuseSession(38, 1L << 39 | 5, 1 << 20, 7);

        assertThat(FuseSession.decode(session.encode())).isEqualTo(session);
        assertThat(session.next().numbersAbove()).isGreaterThan(session.numbersAbove() + Integer.MAX_VALUE);
    }

    @Test
    void whatCannotBeTakenOverIsClosed(@TempDir Path dir) throws IOException {
        Path file = Files.createFile(dir.resolve("no-device"));
        FuseSession session = new FuseSession(38, InitLayout.HAS_RESEND, 1 << 20, 0);
        FuseOptions options = new FuseOptions(2, Duration.ofSeconds(1));
        List<RawFile> kept = List.of(RawFile.open(file, RawFile.READ_ONLY), RawFile.open(file, RawFile.READ_ONLY));

        assertThatThrownBy(() -> FuseServer.takeOver(dir, session, kept, List.of(), options))
                .hasMessageContaining("EBADF");
        assertThat(isOpen(file)).isFalse();
        assertThatThrownBy(() -> TreeServer.takeOver(
                        session, RawFile.open(file, RawFile.READ_ONLY), true, new MemoryTree(), options))
                .hasMessageContaining("EBADF");
        assertThat(isOpen(file)).isFalse();
    }

    private static boolean isOpen(Path file) throws IOException {
        try (DirectoryStream<Path> all = Files.newDirectoryStream(Path.of("/proc/self/fd"))) {
            for (Path fd : all) {
                try {
                    if (Files.readSymbolicLink(fd).equals(file)) {
                        return true;
                    }
                } catch (NoSuchFileException _) {
                    // Closed meanwhile, that of the directory for one.
                }
            }
        }
        return false;
    }

    @Test
    void aSessionOfAnotherVersionIsRefused() {
        byte[] bytes = new FuseSession(38, 0, 1 << 30, 0).encode();

        assertThatThrownBy(() -> FuseSession.decode(bytes)).hasMessageContaining("writes of 1073741824 bytes");
        assertThatThrownBy(() -> FuseSession.decode(new byte[3])).hasMessageContaining("another version");
    }
}
