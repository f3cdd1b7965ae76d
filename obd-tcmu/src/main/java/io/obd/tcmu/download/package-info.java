/** Layers that are fetched whole in the background, and read from this host then. */
@org.jspecify.annotations.NullMarked
package io.obd.tcmu.download;
