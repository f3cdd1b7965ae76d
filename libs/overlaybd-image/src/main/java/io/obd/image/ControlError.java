package io.obd.image;

/**
 * Why the backend refused a request: the body of every answer of its control API that is not a success.
 *
 * @param code a word for programs, such as {@code not-found}
 * @param message what failed
 * @param cause why, empty if there is nothing to add
 * @param hint what to do about it, empty if nothing is known
 */
public record ControlError(String code, String message, String cause, String hint) {}
