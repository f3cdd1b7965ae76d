package io.obd.linux;

import java.io.IOException;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/** The attributes of a netlink message, by type. */
public final class NetlinkAttributes {
    private final Map<Integer, ByteBuffer> values = new LinkedHashMap<>();

    /** Adds a 32 bit number. */
    public NetlinkAttributes putInt(int type, int value) {
        values.put(type, buffer(Integer.BYTES).putInt(0, value));
        return this;
    }

    /** Adds an 8 bit number. */
    public NetlinkAttributes putByte(int type, int value) {
        values.put(type, buffer(Byte.BYTES).put(0, (byte) value));
        return this;
    }

    /** Adds a text, with the zero byte that ends it. */
    public NetlinkAttributes putString(int type, String value) {
        values.put(type, ByteBuffer.wrap((value + '\0').getBytes(StandardCharsets.UTF_8)));
        return this;
    }

    private static ByteBuffer buffer(int length) {
        return ByteBuffer.allocate(length).order(ByteOrder.nativeOrder());
    }

    /** Reads what remains in a buffer. */
    static NetlinkAttributes read(ByteBuffer message) throws IOException {
        NetlinkAttributes attributes = new NetlinkAttributes();
        while (message.remaining() >= NetlinkLayout.ATTRIBUTE_HEADER) {
            int start = message.position();
            int length = Short.toUnsignedInt(message.getShort(start));
            int type = message.getShort(start + 2) & NetlinkLayout.ATTRIBUTE_TYPE_MASK;
            if (length < NetlinkLayout.ATTRIBUTE_HEADER || length > message.remaining()) {
                throw new IOException("netlink: attribute " + type + " has a length of " + length + " with "
                        + message.remaining() + " bytes left");
            }
            byte[] value = new byte[length - NetlinkLayout.ATTRIBUTE_HEADER];
            message.get(start + NetlinkLayout.ATTRIBUTE_HEADER, value);
            attributes.values.put(type, ByteBuffer.wrap(value).order(ByteOrder.nativeOrder()));
            message.position(Math.min(message.limit(), start + NetlinkLayout.align(length)));
        }
        return attributes;
    }

    void write(ByteBuffer message) {
        values.forEach((type, value) -> {
            int start = message.position();
            int length = NetlinkLayout.ATTRIBUTE_HEADER + value.capacity();
            message.putShort(start, (short) length).putShort(start + 2, type.shortValue());
            message.put(start + NetlinkLayout.ATTRIBUTE_HEADER, value, 0, value.capacity());
            int end = start + NetlinkLayout.align(length);
            for (int i = start + length; i < end; i++) {
                message.put(i, (byte) 0);
            }
            message.position(end);
        });
    }

    /** A 32 bit number. */
    public int getInt(int type) throws IOException {
        return number(type, ByteBuffer::getInt);
    }

    /** A 16 bit number without sign. */
    public int getShort(int type) throws IOException {
        return Short.toUnsignedInt(number(type, ByteBuffer::getShort));
    }

    private interface Reading<T> {
        T of(ByteBuffer value);
    }

    private <T> T number(int type, Reading<T> reading) throws IOException {
        try {
            return reading.of(require(type).duplicate().order(ByteOrder.nativeOrder()));
        } catch (BufferUnderflowException e) {
            throw new IOException("netlink: attribute " + type + " is too short for a number", e);
        }
    }

    /** A text. */
    public String getString(int type) throws IOException {
        return find(type).orElseThrow(() -> missing(type));
    }

    /** A text, if it is there. */
    public Optional<String> find(int type) {
        ByteBuffer value = values.get(type);
        if (value == null) {
            return Optional.empty();
        }
        String text = StandardCharsets.UTF_8.decode(value.duplicate()).toString();
        int end = text.indexOf('\0');
        return Optional.of(end < 0 ? text : text.substring(0, end));
    }

    /** The attributes inside an attribute: a list numbers its elements. */
    public Iterable<NetlinkAttributes> list(int type) throws IOException {
        Map<Integer, NetlinkAttributes> elements = new LinkedHashMap<>();
        for (Map.Entry<Integer, ByteBuffer> element : nested(type).values.entrySet()) {
            elements.put(element.getKey(), read(view(element.getValue())));
        }
        return elements.values();
    }

    private NetlinkAttributes nested(int type) throws IOException {
        return read(view(require(type)));
    }

    private static ByteBuffer view(ByteBuffer value) {
        return value.duplicate().order(ByteOrder.nativeOrder());
    }

    private ByteBuffer require(int type) throws IOException {
        ByteBuffer value = values.get(type);
        if (value == null) {
            throw missing(type);
        }
        return value;
    }

    private static IOException missing(int type) {
        return new IOException("netlink: attribute " + type + " is missing");
    }
}
