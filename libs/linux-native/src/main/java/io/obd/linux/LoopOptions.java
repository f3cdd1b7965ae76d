package io.obd.linux;

/**
 * How a file becomes a loop device.
 *
 * @param readOnly refuse writes
 * @param directIo read and write the file past the page cache; without it every block is kept twice
 * @param blockSize logical block size of the device in bytes, 512 to the page size
 */
public record LoopOptions(boolean readOnly, boolean directIo, int blockSize) {}
