package io.obd.convert;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/** A disk without room, or a quota that is used up. Java has no exceptions for them: they are told by the system's texts. */
final class FullDisk {
    private static final List<String> TEXTS = List.of("No space left on device", "Disk quota exceeded");

    private FullDisk() {}

    /**
     * An error of work whose results go to a directory, which says so if the disk is full.
     *
     * @param e returned as it is if that is not the reason
     * @param place the directory, or a file there
     */
    static IOException explained(IOException e, Path place) {
        for (Throwable cause = e; cause != null; cause = cause.getCause()) {
            String message = String.valueOf(cause.getMessage());
            for (String text : TEXTS) {
                if (message.contains(text)) {
                    return new ConversionException(
                            "cannot write to " + place + " (" + text
                                    + "): the layers of an image, as they are downloaded and as they become, have to fit"
                                    + " into the working directory; name one on a larger disk",
                            e);
                }
            }
        }
        return e;
    }
}
