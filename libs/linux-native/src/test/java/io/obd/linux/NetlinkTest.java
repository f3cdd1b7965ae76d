package io.obd.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;

class NetlinkTest {
    private static ByteBuffer buffer(String hex) {
        return ByteBuffer.wrap(HexFormat.of().parseHex(hex.replace(" ", ""))).order(ByteOrder.nativeOrder());
    }

    private static void assumeLittleEndian() {
        assumeTrue(ByteOrder.nativeOrder() == ByteOrder.LITTLE_ENDIAN, "the bytes here are little-endian");
    }

    @Test
    void aRequestIsWrittenAsTheKernelReadsIt() {
        assumeLittleEndian();
        ByteBuffer message = ByteBuffer.allocate(256).order(ByteOrder.nativeOrder());
        NetlinkAttributes attributes =
                new NetlinkAttributes().putInt(7, -2).putByte(9, 1).putString(1, "abcd");

        new GenlMessage(4, 2, attributes).write(message, 0x1c, 5);

        byte[] written = new byte[message.remaining()];
        message.get(written);
        assertThat(HexFormat.ofDelimiter(" ").formatHex(written))
                .isEqualTo("30 00 00 00 1c 00 05 00 05 00 00 00 00 00 00 00 04 02 00 00"
                        + " 08 00 07 00 fe ff ff ff 05 00 09 00 01 00 00 00 09 00 01 00 61 62 63 64 00 00 00 00");
    }

    @Test
    void anEventIsReadWithItsAttributes() throws Exception {
        assumeLittleEndian();
        GenlMessage event = GenlMessage.read(buffer("2c 00 00 00 1c 00 00 00 00 00 00 00 00 00 00 00 01 02 00 00"
                + "07 00 01 00 61 62 00 00 08 00 02 00 03 00 00 00 08 00 08 00 2a 00 00 00"));

        assertThat(event.command()).isEqualTo(1);
        assertThat(event.version()).isEqualTo(2);
        assertThat(event.attributes().getString(1)).isEqualTo("ab");
        assertThat(event.attributes().getInt(2)).isEqualTo(3);
        assertThat(event.attributes().getInt(8)).isEqualTo(42);
        assertThatThrownBy(() -> event.attributes().getInt(4)).hasMessageContaining("attribute 4 is missing");
    }

    @Test
    void aListIsReadElementByElement() throws Exception {
        assumeLittleEndian();
        NetlinkAttributes attributes = NetlinkAttributes.read(
                buffer("1c 00 07 80 18 00 01 80 08 00 02 00 0b 00 00 00 0b 00 01 00 63 6f 6e 66 69 67 00 00"));

        for (NetlinkAttributes group : attributes.list(7)) {
            assertThat(group.getString(1)).isEqualTo("config");
            assertThat(group.getInt(2)).isEqualTo(11);
        }
        assertThat(attributes.list(7)).hasSize(1);
    }

    @Test
    void lengthsThatCannotBeAreRefused() {
        assumeLittleEndian();
        assertThatThrownBy(() -> NetlinkAttributes.read(buffer("40 00 01 00 61 62 00 00")))
                .hasMessageContaining("length of 64");
        assertThatThrownBy(() -> NetlinkAttributes.read(buffer("02 00 01 00"))).hasMessageContaining("length of 2");
        assertThatThrownBy(() -> GenlMessage.read(buffer("10 00 00 00"))).hasMessageContaining("4 bytes");
    }

    /** Every kernel has the family that describes the others. */
    @Test
    void theKernelAnswers() throws Exception {
        try (GenericNetlink netlink = GenericNetlink.open("nlctrl", 2, "notify")) {
            netlink.endOfEvents();
            assertThat(netlink.nextEvent()).isNull();
        }
        assertThatThrownBy(() -> GenericNetlink.open("no such family", 1, "x"))
                .isInstanceOfSatisfying(
                        ErrnoException.class,
                        e -> assertThat(e.is(Errno.ENOENT)).isTrue());
    }
}
