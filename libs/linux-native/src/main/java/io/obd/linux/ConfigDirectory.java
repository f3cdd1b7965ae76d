package io.obd.linux;

import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** A directory of configfs. Others make and remove what is in it while we look. */
final class ConfigDirectory {
    private ConfigDirectory() {}

    /** The directories and links in a directory whose names match; none if it is no directory, or gone. */
    static List<Path> list(Path directory, String pattern) throws IOException {
        List<Path> entries = new ArrayList<>();
        try (DirectoryStream<Path> stream = Files.newDirectoryStream(directory, pattern)) {
            for (Path entry : stream) {
                if (!Files.isRegularFile(entry, LinkOption.NOFOLLOW_LINKS)) {
                    entries.add(entry);
                }
            }
        } catch (NoSuchFileException | NotDirectoryException | DirectoryIteratorException e) {
            return entries; // gone while we looked
        }
        return entries;
    }

    /**
     * Tells a directory from another one that has its name later: its inode, whose number configfs does not use again. The
     * times say nothing, they change when an attribute is read. Empty if it is not there.
     */
    static Optional<String> identity(Path directory) throws IOException {
        try {
            BasicFileAttributes attributes = Files.readAttributes(directory, BasicFileAttributes.class);
            return Optional.of(String.valueOf(attributes.fileKey()));
        } catch (NoSuchFileException e) {
            return Optional.empty();
        }
    }
}
