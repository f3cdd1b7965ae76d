/** The SCSI commands of a disk, as SPC-3 and SBC-3 define them, answered from a {@link io.obd.block.BlockStore}. */
@org.jspecify.annotations.NullMarked
package io.obd.tcmu.scsi;
