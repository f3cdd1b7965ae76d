package io.obd.fs;

import io.obd.fs.tar.ByteString;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;

/** The data of an EROFS directory, its own two names included. */
final class ErofsNames {
    private static final int BLOCK = ErofsVolume.BLOCK;

    private ErofsNames() {}

    /** A name and what it stands for. */
    record Name(ByteString name, long nid, FileType type) {}

    /** What a name stands for. */
    interface Meaning {
        Name of(ByteString name) throws IOException;
    }

    /** All names of a directory, sorted. */
    static List<ByteString> sorted(Directory directory) {
        List<ByteString> names = new ArrayList<>(directory.entries().keySet());
        names.add(EntryPath.SELF);
        names.add(EntryPath.PARENT);
        names.sort(null);
        return names;
    }

    /** Bytes that names take. */
    static int length(List<ByteString> names) {
        int blocks = 0;
        int last = 0;
        for (int from = 0; from < names.size(); blocks++) {
            int end = endOfBlock(names, from);
            last = (end - from) * ErofsDirentLayout.LENGTH;
            for (ByteString name : names.subList(from, end)) {
                last += name.length();
            }
            from = end;
        }
        return (blocks - 1) * BLOCK + last;
    }

    /** Index behind the last name that goes into the block that begins with one. */
    private static int endOfBlock(List<ByteString> names, int from) {
        int used = 0;
        int end = from;
        while (end < names.size()) {
            used += ErofsDirentLayout.LENGTH + names.get(end).length();
            if (used > BLOCK) {
                break;
            }
            end++;
        }
        return end;
    }

    static byte[] encode(List<ByteString> names, Meaning meaning) throws IOException {
        ByteBuffer data = ByteBuffer.allocate(length(names)).order(ByteOrder.LITTLE_ENDIAN);
        int block = 0;
        for (int from = 0; from < names.size(); block += BLOCK) {
            int end = endOfBlock(names, from);
            int text = (end - from) * ErofsDirentLayout.LENGTH;
            for (int i = from; i < end; i++) {
                Name name = meaning.of(names.get(i));
                int at = block + (i - from) * ErofsDirentLayout.LENGTH;
                data.putLong(at + ErofsDirentLayout.NUMBER, name.nid())
                        .putShort(at + ErofsDirentLayout.NAME, (short) text)
                        .put(at + ErofsDirentLayout.TYPE, name.type().directoryEntryType)
                        .put(block + text, names.get(i).toBytes());
                text += names.get(i).length();
            }
            from = end;
        }
        return data.array();
    }

    /**
     * Reads the data of a directory.
     *
     * @param directory what it is in error texts
     */
    static List<Name> decode(byte[] data, String directory) throws ErofsException {
        List<Name> names = new ArrayList<>();
        ByteBuffer bytes = ByteBuffer.wrap(data).order(ByteOrder.LITTLE_ENDIAN);
        for (int at = 0; at < data.length; at += BLOCK) {
            int length = Math.min(BLOCK, data.length - at);
            decodeBlock(bytes.slice(at, length).order(ByteOrder.LITTLE_ENDIAN), names, directory + ", byte " + at);
        }
        return names;
    }

    private static void decodeBlock(ByteBuffer block, List<Name> names, String where) throws ErofsException {
        if (block.capacity() < ErofsDirentLayout.LENGTH) {
            throw new ErofsException(where + ": a block of " + block.capacity() + " bytes");
        }
        int text = Short.toUnsignedInt(block.getShort(ErofsDirentLayout.NAME));
        int count = text / ErofsDirentLayout.LENGTH;
        if (count == 0 || text % ErofsDirentLayout.LENGTH != 0 || text > block.capacity()) {
            throw new ErofsException(where + ": the first name is at " + text);
        }
        for (int i = 0; i < count; i++) {
            int at = i * ErofsDirentLayout.LENGTH;
            int from = Short.toUnsignedInt(block.getShort(at + ErofsDirentLayout.NAME));
            int to = i + 1 < count
                    ? Short.toUnsignedInt(block.getShort(at + ErofsDirentLayout.LENGTH + ErofsDirentLayout.NAME))
                    : endOfText(block, from);
            if (from < text || to <= from || to > block.capacity() || to - from > DirentLayout.MAX_NAME) {
                throw new ErofsException(where + ": name " + i + " is at " + from + " to " + to);
            }
            byte[] name = new byte[to - from];
            block.get(from, name);
            names.add(new Name(
                    ByteString.copyOf(name),
                    block.getLong(at + ErofsDirentLayout.NUMBER),
                    type(block.get(at + ErofsDirentLayout.TYPE), where)));
        }
    }

    private static int endOfText(ByteBuffer block, int from) {
        int end = from;
        while (end < block.capacity() && block.get(end) != 0) {
            end++;
        }
        return end;
    }

    private static FileType type(byte type, String where) throws ErofsException {
        for (FileType known : FileType.values()) {
            if (known.directoryEntryType == type) {
                return known;
            }
        }
        throw new ErofsException(where + ": an entry is of type " + type);
    }
}
