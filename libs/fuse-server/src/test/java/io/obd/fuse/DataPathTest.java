package io.obd.fuse;

import static org.assertj.core.api.Assertions.assertThat;

import io.obd.linux.Errno;
import io.obd.linux.RawFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.slf4j.helpers.NOPLogger;

/** The answers of the data path, as they go to the kernel: a pipe stands for it. */
@Timeout(30)
class DataPathTest {
    private static final long UNIQUE = 7;

    @TempDir
    private Path directory;

    private final Node node = new Node(2, "vda", new MemoryFile(new byte[8192], true));
    private final DataRequest request = new DataRequest();
    private RawFile kernel;

    @BeforeEach
    void open() throws Exception {
        Path pipe = directory.resolve("pipe");
        assertThat(new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor())
                .isZero();
        kernel = RawFile.open(pipe, RawFile.READ_WRITE);
    }

    @AfterEach
    void close() throws IOException {
        kernel.close();
    }

    private static DataPath path(BufferPool buffers) {
        return new DataPath(new FailureLog(NOPLogger.NOP_LOGGER), null, buffers);
    }

    private ByteBuffer answer() throws IOException {
        ByteBuffer answer = ByteBuffer.allocateDirect(8192).order(ByteOrder.nativeOrder());
        kernel.read(answer);
        return answer.flip();
    }

    @Test
    void aReadThatIsServedLaterIsAnswered() throws IOException {
        request.begin(kernel, node, Opcode.READ, UNIQUE, 0, 4096);
        path(new BufferPool()).serveLater(request, ByteBuffer.allocateDirect(4096));
        assertThat(answer().remaining()).isEqualTo(OutHeader.LENGTH + 4096);
    }

    @Test
    void whatAnErrorSaysOfItsCauseIsNotSaidAgain() {
        IOException status = new IOException("status 500");
        IOException request = new IOException("GET http://a/auth: status 500", status);
        assertThat(DataPath.reason(new IOException("not fetched; the last attempt: " + request.getMessage(), request)))
                .isEqualTo("not fetched; the last attempt: GET http://a/auth: status 500");
        assertThat(DataPath.reason(new IOException("not fetched", request)))
                .isEqualTo("not fetched: GET http://a/auth: status 500");
    }

    @ParameterizedTest
    @ValueSource(ints = {Opcode.READ, Opcode.WRITE})
    void aRequestThatGetsNoMemoryIsAnsweredWithAnError(int opcode) throws Exception {
        DataPath path = path(new BufferPool(length -> {
            throw new OutOfMemoryError("no direct memory");
        }));
        request.begin(kernel, node, opcode, UNIQUE, 0, 4096);
        path.serveLater(request, ByteBuffer.allocateDirect(4096));

        ByteBuffer answer = answer();
        assertThat(answer.remaining()).isEqualTo(OutHeader.LENGTH);
        assertThat(answer.getInt(4)).isEqualTo(-Errno.EIO.number());
        assertThat(answer.getLong(8)).isEqualTo(UNIQUE);
        while (!path.underWay().isEmpty()) {
            Thread.onSpinWait();
        }
    }
}
