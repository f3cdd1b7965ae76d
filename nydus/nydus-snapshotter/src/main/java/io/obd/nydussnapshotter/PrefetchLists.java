package io.obd.nydussnapshotter;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Files that are to be fetched before they are asked for when an image is mounted next, as the system API was told. */
final class PrefetchLists {
    private static final int MOST = 4096;

    private final Map<String, List<String>> byImage = new LinkedHashMap<>();

    /** @param files paths in the image */
    synchronized void put(String image, List<String> files) {
        byImage.remove(image); // it becomes the newest
        byImage.put(image, List.copyOf(files));
        if (byImage.size() > MOST) {
            byImage.remove(byImage.keySet().iterator().next());
        }
    }

    /** The files for an image, which count once; none if nothing was said. */
    synchronized List<String> take(String image) {
        List<String> files = byImage.remove(image);
        return files == null ? List.of() : files;
    }
}
