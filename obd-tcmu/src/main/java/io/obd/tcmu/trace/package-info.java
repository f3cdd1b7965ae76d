/** Traces of what a device reads: recording them, and reading ahead by them. */
@org.jspecify.annotations.NullMarked
package io.obd.tcmu.trace;
