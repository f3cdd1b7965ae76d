/** A FUSE file system of one flat directory, served from /dev/fuse without libfuse: each file is the image of a disk. */
@org.jspecify.annotations.NullMarked
package io.obd.fuse;
