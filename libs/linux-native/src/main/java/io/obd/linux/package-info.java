/** What the JDK cannot do on Linux: mounts, loop devices, statx, extended attributes, calls on raw descriptors. */
@org.jspecify.annotations.NullMarked
package io.obd.linux;
