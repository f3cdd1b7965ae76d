/** Images as trees of files. */
@org.jspecify.annotations.NullMarked
package io.obd.nydusd.fs;
