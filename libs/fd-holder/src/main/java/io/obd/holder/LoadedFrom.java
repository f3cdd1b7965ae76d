package io.obd.holder;

import java.io.IOException;
import java.net.JarURLConnection;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.URL;
import java.net.URLConnection;
import java.nio.file.Path;

/**
 * Where classes come from. A class's own code source does not say it: for classes out of an ahead-of-time cache it is the
 * place at which the cache was recorded, and there is none if that is gone by now.
 */
final class LoadedFrom {
    private LoadedFrom() {}

    /** The jar, or the directory of classes, in which the loader of a class finds it today. */
    static Path of(Class<?> type) throws IOException {
        String name = type.getName().replace('.', '/') + ".class";
        URL file = type.getResource("/" + name);
        if (file == null) {
            throw new IOException(type.getName() + " is not found in the class path any more");
        }
        URLConnection connection = file.openConnection();
        try {
            if (connection instanceof JarURLConnection jar) {
                return Path.of(jar.getJarFileURL().toURI());
            }
            String url = file.toString();
            return Path.of(new URI(url.substring(0, url.length() - name.length())));
        } catch (URISyntaxException e) {
            throw new IOException(e);
        }
    }
}
