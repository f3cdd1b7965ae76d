package io.obd.logfmt;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;

/**
 * Full files as {@code FILE.1}, the newest, {@code FILE.2} and so on.
 *
 * @param most how many are kept, 1 or more
 */
public record NumberedFiles(int most) implements FullFiles {

    @Override
    public void putAside(Path file) throws IOException {
        for (int number = most; number > 0; number--) {
            try {
                Files.move(numbered(file, number - 1), numbered(file, number), StandardCopyOption.REPLACE_EXISTING);
            } catch (NoSuchFileException _) {
                // There have not been that many yet.
            }
        }
    }

    private static Path numbered(Path file, int number) {
        return number == 0 ? file : file.resolveSibling(file.getFileName() + "." + number);
    }
}
