/** The {@code convertor} command: makes an overlaybd image of an OCI or Docker image in a registry. */
@NullMarked
package io.obd.convertor;

import org.jspecify.annotations.NullMarked;
