package io.obd.convert.files;

import io.obd.convert.ConversionException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

/** The files of a directory. */
record DirectoryFiles(Path directory) implements NamedFiles {
    @Override
    public boolean contains(String name) {
        return Files.isRegularFile(directory.resolve(name));
    }

    @Override
    public long size(String name) throws IOException {
        try {
            return Files.size(directory.resolve(name));
        } catch (NoSuchFileException e) {
            throw missing(name, e);
        }
    }

    @Override
    public InputStream open(String name) throws IOException {
        try {
            return Files.newInputStream(directory.resolve(name));
        } catch (NoSuchFileException e) {
            throw missing(name, e);
        }
    }

    @Override
    public String place(String name) {
        return directory.resolve(name).toString();
    }

    private ConversionException missing(String name, NoSuchFileException e) {
        return new ConversionException(place(name) + " is missing", e);
    }

    @Override
    public void close() {}
}
