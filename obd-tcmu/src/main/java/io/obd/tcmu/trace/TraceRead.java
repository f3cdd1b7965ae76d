package io.obd.tcmu.trace;

/**
 * A read of a layer.
 *
 * @param layer number of the layer, counted from the bottom
 * @param offset position in its plain bytes, without tar wrapper and compression
 * @param count bytes
 */
record TraceRead(int layer, long offset, long count) {}
