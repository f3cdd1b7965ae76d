package io.obd.fuse;

import java.time.Instant;

/**
 * A request for data that has no answer yet.
 *
 * @param node the file
 * @param opcode of the request
 * @param unique number of the request
 * @param began when it came
 */
public record FuseRead(long node, int opcode, long unique, Instant began) {}
