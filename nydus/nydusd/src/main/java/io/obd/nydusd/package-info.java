/** The daemon nydusd: serves RAFS images as file systems. */
@org.jspecify.annotations.NullMarked
package io.obd.nydusd;
