/** The {@code obd} command: what an overlaybd image holds, without attaching it. */
@NullMarked
package io.obd.tools.obd;

import org.jspecify.annotations.NullMarked;
