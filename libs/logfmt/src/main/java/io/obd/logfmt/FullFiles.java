package io.obd.logfmt;

import java.io.IOException;
import java.nio.file.Path;

/**
 * Where files of a log go that are full. Nothing but the names in the log's own directory is looked at: what is mounted
 * beside it may be served by the very program that logs.
 */
public interface FullFiles {

    /**
     * Takes a file away under another name.
     *
     * @param file which may have gone already, if an earlier try got no further
     */
    void putAside(Path file) throws IOException;
}
