/**
 * The overlaybd-* tools, with the names, flags, messages and exit codes of the originals. {@code obd} is the sub-package of
 * that name.
 */
@NullMarked
package io.obd.tools;

import org.jspecify.annotations.NullMarked;
