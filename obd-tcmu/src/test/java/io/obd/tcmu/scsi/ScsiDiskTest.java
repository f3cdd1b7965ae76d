package io.obd.tcmu.scsi;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.obd.block.BlockStore;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;

/** Commands and answers as bytes. */
class ScsiDiskTest {
    private static final int SECTORS = 2048;
    private static final String SERIAL = "0123456789abcdef0123456789abcdef";

    private final byte[] content = new byte[SECTORS * 512];
    private int flushes;
    private boolean broken;

    private final BlockStore store = new BlockStore() {
        @Override
        public long size() {
            return content.length;
        }

        @Override
        public void read(long offset, ByteBuffer dst) throws IOException {
            if (broken) {
                throw new IOException("gone");
            }
            dst.put(content, (int) offset, dst.remaining());
        }

        @Override
        public void write(long offset, ByteBuffer src) {
            src.get(content, (int) offset, src.remaining());
        }

        @Override
        public void discard(long offset, long length) {
            Arrays.fill(content, (int) offset, (int) (offset + length), (byte) 0);
        }

        @Override
        public void flush() {
            flushes++;
        }

        @Override
        public void close() {}
    };

    private final UnitIdentity identity = new UnitIdentity(SERIAL, "overlaybd//a/config.v1.json");
    private final ScsiDisk disk = new ScsiDisk(store, true, identity);
    private final ScsiDisk readOnly = new ScsiDisk(store, false, identity);

    private static Cdb cdb(String hex) {
        return new Cdb(bytes(hex));
    }

    private static byte[] bytes(String hex) {
        return HexFormat.of().parseHex(hex.replace(" ", ""));
    }

    private static String hex(ScsiAnswer answer) {
        assertThat(answer.status()).isZero();
        byte[] data = new byte[answer.data().remaining()];
        answer.data().duplicate().get(data);
        return HexFormat.ofDelimiter(" ").formatHex(data);
    }

    private String ask(String command) throws IOException {
        return hex(disk.execute(cdb(command), ByteBuffer.allocate(65536)));
    }

    /** Key, code and qualifier of a failure. */
    private static String sense(ScsiAnswer answer) {
        assertThat(answer.status()).isEqualTo(2);
        byte[] sense = answer.sense();
        assertThat(sense).hasSize(18).startsWith(0x70).containsSubsequence(0x0a);
        return "%02x/%02x/%02x".formatted(sense[2], sense[12], sense[13]);
    }

    private String refusal(ScsiDisk asked, String command, byte[] data) throws IOException {
        return sense(asked.execute(cdb(command), ByteBuffer.wrap(data)));
    }

    @Test
    void inquiryTellsWhatTheOriginalTells() throws IOException {
        assertThat(ask("12 00 00 00 ff 00"))
                .isEqualTo("00 00 05 02 1f 08 00 02 4c 49 4f 2d 4f 52 47 20 54 43 4d 55 20 64 65 76 69 63 65 20 20 20"
                        + " 20 20 30 30 30 32");
        assertThat(ask("12 00 00 00 05 00")).isEqualTo("00 00 05 02 1f");
        assertThat(refusal(disk, "12 02 00 00 ff 00", new byte[0])).isEqualTo("05/24/00");
        assertThat(refusal(disk, "12 00 80 00 ff 00", new byte[0])).isEqualTo("05/24/00");
        assertThat(refusal(disk, "12 01 b3 00 ff 00", new byte[0])).isEqualTo("05/24/00");
    }

    @Test
    void theSerialTellsDisksApart() throws IOException {
        assertThat(ask("12 01 00 00 ff 00")).isEqualTo("00 00 00 06 00 80 83 b0 b1 b2");
        assertThat(ask("12 01 80 00 ff 00")).startsWith("00 80 00 20 30 31 32 33");
        assertThat(ask("12 01 83 00 ff 00"))
                .startsWith("00 83 00 61 02 01 00 29 4c 49 4f 2d 4f 52 47 20 30 31")
                .contains("01 03 00 10 60 01 40 50 12 34 56 78 9a bc de f0 12 34 56 78")
                .contains("02 00 00 1c 6f 76 65 72 6c 61 79 62 64 2f 2f 61 2f");
    }

    @Test
    void theLimitsMakeTheKernelUseUnmap() throws IOException {
        assertThat(ask("12 01 b0 00 ff 00"))
                .startsWith("00 b0 00 3c 01 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 40 00 00 00 00 00 40"
                        + " 00 00 00 08 80 00 00 00 00 00 00 00 00 00 ff ff")
                .hasSize(64 * 3 - 1);
        assertThat(ask("12 01 b1 00 ff 00")).startsWith("00 b1 00 3c 00 01");
        assertThat(ask("12 01 b2 00 ff 00")).isEqualTo("00 b2 00 04 00 e4 02 00");
        assertThat(hex(readOnly.execute(cdb("12 01 b2 00 ff 00"), ByteBuffer.allocate(0))))
                .isEqualTo("00 b2 00 04 00 04 00 00");
    }

    @Test
    void theCapacityIsToldInBothForms() throws IOException {
        assertThat(ask("25 00 00 00 00 00 00 00 00 00")).isEqualTo("00 00 07 ff 00 00 02 00");
        assertThat(ask("9e 10 00 00 00 00 00 00 00 00 00 00 00 20 00 00"))
                .isEqualTo("00 00 00 00 00 00 07 ff 00 00 02 00 00 00 c0 00" + " 00".repeat(16));
        assertThat(refusal(disk, "9e 11 00 00 00 00 00 00 00 00 00 00 00 20 00 00", new byte[0]))
                .isEqualTo("05/20/00");
    }

    @Test
    void everyFormOfReadAndWriteFindsItsSectors() throws IOException {
        for (String[] form : new String[][] {
            {"0a 00 00 07 02 00", "08 00 00 07 02 00"},
            {"2a 00 00 00 00 07 00 00 02 00", "28 00 00 00 00 07 00 00 02 00"},
            {"aa 00 00 00 00 07 00 00 00 02 00 00", "a8 00 00 00 00 07 00 00 00 02 00 00"},
            {"8a 00 00 00 00 00 00 00 00 07 00 00 00 02 00 00", "88 00 00 00 00 00 00 00 00 07 00 00 00 02 00 00"}
        }) {
            Arrays.fill(content, (byte) 0);
            byte[] data = new byte[1024];
            Arrays.fill(data, (byte) 0x5a);

            disk.execute(cdb(form[0]), ByteBuffer.wrap(data));

            assertThat(content[7 * 512 - 1]).isZero();
            assertThat(Arrays.copyOfRange(content, 7 * 512, 9 * 512)).isEqualTo(data);
            assertThat(content[9 * 512]).isZero();
            ScsiAnswer read = disk.execute(cdb(form[1]), ByteBuffer.allocateDirect(1024));
            assertThat(read.data()).isEqualTo(ByteBuffer.wrap(data));
        }
    }

    @Test
    void aReadOfSixBytesWithoutALengthIsOf256Sectors() throws IOException {
        assertThat(disk.execute(cdb("08 00 00 00 00 00"), ByteBuffer.allocate(256 * 512))
                        .data()
                        .remaining())
                .isEqualTo(256 * 512);
    }

    @Test
    void nothingBeyondTheEndIsReadOrWritten() throws IOException {
        for (String command : new String[] {
            "28 00 00 00 08 00 00 00 01 00",
            "28 00 00 00 07 ff 00 00 02 00",
            "2a 00 00 00 08 00 00 00 01 00",
            "88 00 ff ff ff ff ff ff ff ff 00 00 00 02 00 00",
            "8a 00 7f ff ff ff ff ff ff ff ff ff ff ff 00 00",
            "41 00 00 00 07 ff 00 00 02 00"
        }) {
            assertThat(refusal(disk, command, new byte[1024])).as(command).isEqualTo("05/21/00");
        }
        assertThat(refusal(disk, "28 00 00 00 00 00 00 00 04 00", new byte[1024]))
                .isEqualTo("05/24/00");
    }

    @Test
    void whatIsUnmappedReadsAsZeros() throws IOException {
        Arrays.fill(content, (byte) 1);
        String list = "00 26 00 20 00 00 00 00"
                + "00 00 00 00 00 00 00 02 00 00 00 01 00 00 00 00"
                + "00 00 00 00 00 00 00 05 00 00 00 02 00 00 00 00";

        assertThat(disk.execute(cdb("42 00 00 00 00 00 00 00 28 00"), ByteBuffer.wrap(bytes(list)))
                        .status())
                .isZero();

        assertThat(zeroSectors()).containsExactly(2, 5, 6);
        assertThat(refusal(disk, "42 01 00 00 00 00 00 00 28 00", bytes(list))).isEqualTo("05/24/00");
        assertThat(refusal(disk, "42 00 00 00 00 00 00 00 04 00", bytes(list))).isEqualTo("05/1a/00");
        assertThat(refusal(readOnly, "42 00 00 00 00 00 00 00 28 00", bytes(list)))
                .isEqualTo("07/27/00");
        String outside = "00 16 00 10 00 00 00 00 00 00 00 00 00 00 07 ff 00 00 00 02 00 00 00 00";
        assertThat(refusal(disk, "42 00 00 00 00 00 00 00 18 00", bytes(outside)))
                .isEqualTo("05/21/00");
    }

    private int[] zeroSectors() {
        return java.util.stream.IntStream.range(0, SECTORS)
                .filter(sector -> content[sector * 512] == 0)
                .toArray();
    }

    @Test
    void writeSameRepeatsASectorOrUnmaps() throws IOException {
        Arrays.fill(content, (byte) 1);
        byte[] pattern = new byte[512];

        disk.execute(cdb("41 08 00 00 00 03 00 00 02 00"), ByteBuffer.wrap(pattern));
        disk.execute(cdb("93 01 00 00 00 00 00 00 00 09 00 00 00 01 00 00"), ByteBuffer.allocate(0));
        assertThat(zeroSectors()).containsExactly(3, 4, 9);

        Arrays.fill(pattern, (byte) 7);
        disk.execute(cdb("93 00 00 00 00 00 00 00 00 03 00 00 00 02 00 00"), ByteBuffer.wrap(pattern));
        assertThat(Arrays.copyOfRange(content, 3 * 512, 5 * 512)).containsOnly(7);
        assertThat(refusal(disk, "41 00 00 00 00 03 00 00 00 00", pattern)).isEqualTo("05/24/00");
    }

    @Test
    void modePagesAreThoseOfTheOriginalExceptThatFlushesMatter() throws IOException {
        String pages = "01 0a 00 00 00 00 00 00 00 00 00 00"
                + " 08 12 04 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00"
                + " 0a 0a 02 00 00 40 00 00 ff ff 00 00";
        assertThat(ask("1a 00 3f 00 ff 00")).isEqualTo("2f 00 00 00 " + pages);
        assertThat(ask("5a 00 3f 00 00 00 00 00 ff 00")).isEqualTo("00 32 00 00 00 00 00 00 " + pages);
        assertThat(hex(readOnly.execute(cdb("1a 00 08 00 ff 00"), ByteBuffer.allocate(0))))
                .startsWith("17 00 80 00 08 12 00 00");
        assertThat(refusal(disk, "1a 00 02 00 ff 00", new byte[0])).isEqualTo("05/24/00");
        assertThat(refusal(disk, "1a 00 c8 00 ff 00", new byte[0])).isEqualTo("05/39/00");
    }

    @Test
    void modesCanBeSelectedAsTheyAreOnly() throws IOException {
        byte[] same = bytes("00 00 00 00 08 12 04 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00");
        assertThat(disk.execute(cdb("15 10 00 00 18 00"), ByteBuffer.wrap(same)).status())
                .isZero();
        byte[] other = same.clone();
        other[6] = 0;
        assertThat(refusal(disk, "15 10 00 00 18 00", other)).isEqualTo("05/26/00");
        assertThat(refusal(disk, "15 10 00 00 19 00", same)).isEqualTo("05/1a/00");
    }

    @Test
    void aReadOnlyDiskRefusesWrites() throws IOException {
        assertThat(refusal(readOnly, "2a 00 00 00 00 00 00 00 01 00", new byte[512]))
                .isEqualTo("07/27/00");
    }

    @Test
    void flushesReachTheStore() throws IOException {
        disk.execute(cdb("35 00 00 00 00 00 00 00 00 00"), ByteBuffer.allocate(0));
        disk.execute(cdb("2a 08 00 00 00 00 00 00 01 00"), ByteBuffer.allocate(512));
        assertThat(flushes).isEqualTo(2);
    }

    @Test
    void aStoreThatFailsIsAMediumError() {
        broken = true;
        Cdb read = cdb("28 00 00 00 00 00 00 00 01 00");
        assertThatThrownBy(() -> disk.execute(read, ByteBuffer.allocate(512))).hasMessage("gone");
        assertThat(sense(ScsiDisk.mediumError(read))).isEqualTo("03/11/00");
        assertThat(sense(ScsiDisk.mediumError(cdb("2a 00 00 00 00 00 00 00 01 00"))))
                .isEqualTo("03/0c/00");
    }

    @Test
    void whatIsNotKnownIsRefused() throws IOException {
        for (String command : new String[] {"03 00 00 00 12 00", "a3 0c 00 00 00 00 00 00 00 ff 00 00", "7f 00"}) {
            assertThat(refusal(disk, command, new byte[0])).isEqualTo("05/20/00");
        }
    }
}
