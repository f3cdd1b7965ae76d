/** The {@code nydus-image} command. */
package io.obd.nydusimage;
