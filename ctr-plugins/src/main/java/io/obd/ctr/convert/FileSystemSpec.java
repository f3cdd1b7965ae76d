package io.obd.ctr.convert;

import java.util.Locale;

/**
 * What {@code --fstype} says: {@code type[;mount options[;mkfs options]]}.
 *
 * @param text the whole, as it stands in annotations
 * @param type {@code ext4}, {@code xfs}, …
 * @param hasMkfsOptions whether the third part is there, be it empty
 */
public record FileSystemSpec(String text, String type, boolean hasMkfsOptions) {
    private static final String EXT4 = "ext4";

    /** @throws IllegalArgumentException if it names nothing that can be written */
    public static FileSystemSpec parse(String text) {
        String[] parts = text.split(";", -1);
        String type = parts[0].strip();
        if (parts.length > 3 || !type.matches("[a-z0-9]{1,32}")) {
            throw new IllegalArgumentException(
                    "\"" + text + "\": TYPE[;MOUNT OPTIONS[;MKFS OPTIONS]] is expected, as in ext4 or xfs;nouuid");
        }
        if (type.equals("erofs")) {
            throw new IllegalArgumentException(
                    "erofs cannot be written to; 'convertor --fstype erofs' makes such images");
        }
        return new FileSystemSpec(text, type.toLowerCase(Locale.ROOT), parts.length == 3);
    }

    /** Whether we write this file system ourselves. The kernel and mkfs are asked for all others. */
    public boolean isWrittenByUs() {
        return type.equals(EXT4) && !hasMkfsOptions;
    }
}
