package io.obd.nydusd;

import java.io.IOException;
import java.util.Arrays;

/** Places in the tree of a daemon. */
final class MountPoints {
    private MountPoints() {}

    /**
     * A place as it is kept: with a leading slash and without a trailing one.
     *
     * @throws IOException if it is none
     */
    static String checked(String text) throws IOException {
        String place = text.length() > 1 && text.endsWith("/") ? text.substring(0, text.length() - 1) : text;
        boolean valid = place.equals("/")
                || (place.startsWith("/")
                        && place.indexOf('\0') < 0
                        && Arrays.stream(place.substring(1).split("/", -1))
                                .noneMatch(name -> name.isEmpty() || name.equals(".") || name.equals("..")));
        if (!valid) {
            throw new IOException("\"" + text + "\" is no absolute path to mount at");
        }
        return place;
    }
}
