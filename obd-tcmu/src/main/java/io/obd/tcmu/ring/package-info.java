/** The memory in which the kernel hands over the commands of a device and takes the answers. */
@org.jspecify.annotations.NullMarked
package io.obd.tcmu.ring;
