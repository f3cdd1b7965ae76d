/** ext4 on a {@code BlockStore}: making one, opening one, applying the tar of an image layer to it. */
@org.jspecify.annotations.NullMarked
package io.obd.fs;
