package io.obd.tcmu.trace;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;

class TraceFileTest {
    private static final List<TraceRead> READS =
            List.of(new TraceRead(0, 4096, 512), new TraceRead(2, 0x1234567890L, 1 << 20));

    /** Written out by hand; the padding of the second record is what was in memory. */
    private static final String RECORDS = "5200000000000000" + "0002000000000000" + "0010000000000000"
            + "52aabbcc02000000" + "0000100000000000" + "9078563412000000";

    @Test
    void theFileIsThatOfTheOriginal() throws IOException {
        byte[] records = HexFormat.of().parseHex(RECORDS);
        ByteBuffer file = ByteBuffer.allocate(72).order(ByteOrder.LITTLE_ENDIAN);
        file.putInt((int) 3270449184L).putInt(0x55555555).putLong(48);
        file.putInt(crc(records)).putInt(0x66666666).put(records).flip();

        assertThat(TraceFile.parse(file, "trace")).isEqualTo(READS);

        byte[] ours = TraceFile.format(READS).array();
        assertThat(HexFormat.of().formatHex(ours, 24, 72)).isEqualTo(RECORDS.replace("aabbcc", "000000"));
        assertThat(HexFormat.of().formatHex(ours, 0, 16)).isEqualTo("2018efc200000000" + "3000000000000000");
        assertThat(TraceFile.parse(ByteBuffer.wrap(ours), "trace")).isEqualTo(READS);
    }

    @Test
    void aTraceOfNothingIsOne() throws IOException {
        ByteBuffer file = TraceFile.format(List.of());

        assertThat(file.limit()).isEqualTo(24);
        assertThat(TraceFile.parse(file, "trace")).isEmpty();
    }

    @Test
    void damageIsNamed() {
        byte[] file = TraceFile.format(READS).array();
        file[40] ^= 1;
        assertThatThrownBy(() -> TraceFile.parse(ByteBuffer.wrap(file), "trace"))
                .hasMessageMatching("trace: CRC of the records is [0-9a-f]{8}, stored is [0-9a-f]{8}");
        file[40] ^= 1;
        assertThatThrownBy(() -> TraceFile.parse(ByteBuffer.wrap(file, 0, 71).slice(), "trace"))
                .hasMessage("trace: the header announces 48 bytes of records, the file has 71 bytes");
        assertThatThrownBy(() -> TraceFile.parse(ByteBuffer.wrap(file, 0, 20).slice(), "trace"))
                .hasMessage("trace: not a trace");
        ByteBuffer negative = TraceFile.format(List.of(new TraceRead(0, -1, 5)));
        assertThatThrownBy(() -> TraceFile.parse(negative, "trace"))
                .hasMessageStartingWith("trace: the record at byte 24 is none: ");
    }

    @Test
    void otherOperationsAreLeftOut() throws IOException {
        byte[] records = HexFormat.of().parseHex(RECORDS.replaceFirst("52", "57"));
        ByteBuffer file = ByteBuffer.allocate(72).order(ByteOrder.LITTLE_ENDIAN);
        file.putInt((int) 3270449184L)
                .putInt(0)
                .putLong(48)
                .putInt(crc(records))
                .putInt(0);
        file.put(records).flip();

        assertThat(TraceFile.parse(file, "trace")).isEqualTo(READS.subList(1, 2));
    }

    /** Bit by bit, starting from 0 and without inversion. */
    private static int crc(byte[] bytes) {
        int register = 0;
        for (byte b : bytes) {
            register ^= b & 0xff;
            for (int bit = 0; bit < 8; bit++) {
                register = (register & 1) == 0 ? register >>> 1 : (register >>> 1) ^ 0x82F63B78;
            }
        }
        return register;
    }
}
