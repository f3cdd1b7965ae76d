package io.obd.holder;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.obd.linux.MessageSocket;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.MalformedURLException;
import java.net.URI;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LoadedFromTest {
    private static final String NAME = "io/obd/holder/Main.class";

    @TempDir
    Path dir;

    @Test
    void aJarIsWhereTheLoaderFindsItToday() throws Exception {
        Path jar = Files.createDirectory(dir.resolve("a tree+")).resolve("holder.jar");
        try (OutputStream file = Files.newOutputStream(jar);
                ZipOutputStream zip = new ZipOutputStream(file)) {
            zip.putNextEntry(new ZipEntry(NAME));
            zip.write(bytes());
        }

        assertThat(LoadedFrom.of(cached(Optional.of("jar:" + jar.toUri() + "!/" + NAME))))
                .isEqualTo(jar);
    }

    @Test
    void soIsADirectoryOfClasses() throws Exception {
        Path file = dir.resolve("a tree+").resolve(NAME);
        Files.createDirectories(file.getParent());
        Files.write(file, bytes());

        assertThat(LoadedFrom.of(cached(Optional.of(file.toUri().toString())))).isEqualTo(dir.resolve("a tree+"));
    }

    @Test
    void aClassThatIsGoneIsSaidToBe() throws Exception {
        Class<?> type = cached(Optional.empty());

        assertThatThrownBy(() -> LoadedFrom.of(type))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("io.obd.holder.Main is not found");
    }

    @Test
    void theClassesOfTheseTestsAreFound() throws Exception {
        assertThat(LoadedFrom.of(Main.class)).exists();
        assertThat(LoadedFrom.of(MessageSocket.class)).exists();
    }

    /** As a class out of a cache whose place is gone: without the place it is from. */
    private static Class<?> cached(Optional<String> url) throws Exception {
        Class<?> type = new CacheLoader(url).loadClass("io.obd.holder.Main");
        assertThat(type.getProtectionDomain().getCodeSource().getLocation()).isNull();
        return type;
    }

    private static byte[] bytes() throws IOException {
        try (InputStream in = Main.class.getResourceAsStream("Main.class")) {
            assertThat(in).isNotNull();
            return in.readAllBytes();
        }
    }

    private static final class CacheLoader extends ClassLoader {
        private final Optional<String> url;

        CacheLoader(Optional<String> url) {
            super(null);
            this.url = url;
        }

        @Override
        protected Class<?> findClass(String name) throws ClassNotFoundException {
            try {
                byte[] bytes = bytes();
                return defineClass(name, bytes, 0, bytes.length);
            } catch (IOException e) {
                throw new ClassNotFoundException(name, e);
            }
        }

        @Override
        protected @Nullable URL findResource(String name) {
            try {
                return url.isEmpty() ? null : URI.create(url.get()).toURL();
            } catch (MalformedURLException e) {
                throw new IllegalStateException(e);
            }
        }
    }
}
