package io.obd.linux;

import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * A message of a generic netlink family.
 *
 * @param command a number of the family
 * @param version of the family's protocol
 */
public record GenlMessage(int command, int version, NetlinkAttributes attributes) {

    /** Writes a request from the buffer's start; what is in the buffer then is the message. */
    void write(ByteBuffer message, int family, int sequence) {
        message.clear();
        message.putShort(NetlinkLayout.TYPE, (short) family)
                .putShort(NetlinkLayout.FLAGS, (short) (NetlinkLayout.FLAG_REQUEST | NetlinkLayout.FLAG_ACKNOWLEDGE))
                .putInt(NetlinkLayout.SEQUENCE, sequence)
                .putInt(NetlinkLayout.HEADER - Integer.BYTES, 0)
                .put(NetlinkLayout.COMMAND, (byte) command)
                .put(NetlinkLayout.VERSION, (byte) version)
                .putShort(NetlinkLayout.VERSION + 1, (short) 0);
        message.position(NetlinkLayout.ATTRIBUTES);
        attributes.write(message);
        message.putInt(NetlinkLayout.LENGTH, message.position()).flip();
    }

    /** Reads one message that a buffer holds, header included. */
    static GenlMessage read(ByteBuffer message) throws IOException {
        if (message.remaining() < NetlinkLayout.ATTRIBUTES) {
            throw new IOException("netlink: a message of " + message.remaining() + " bytes");
        }
        int start = message.position();
        int command = Byte.toUnsignedInt(message.get(start + NetlinkLayout.COMMAND));
        int version = Byte.toUnsignedInt(message.get(start + NetlinkLayout.VERSION));
        message.position(start + NetlinkLayout.ATTRIBUTES);
        return new GenlMessage(command, version, NetlinkAttributes.read(message));
    }
}
