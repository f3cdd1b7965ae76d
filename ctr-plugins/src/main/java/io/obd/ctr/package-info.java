/** The overlaybd commands of {@code ctr}. */
@NullMarked
package io.obd.ctr;

import org.jspecify.annotations.NullMarked;
