package io.obd.nydussnapshotter;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.obd.snapshots.SnapshotException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.Signature;
import java.util.Arrays;
import java.util.Base64;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SignatureCheckTest {
    /** Bytes of the key that come before PKCS #1's part in what Java writes of a key of 2048 bits. */
    private static final int PREFIX = 24;

    private static KeyPair keys;

    @TempDir
    Path dir;

    private byte[] bootstrap;

    @BeforeAll
    static void makeKeys() throws Exception {
        KeyPairGenerator generator = KeyPairGenerator.getInstance("RSA");
        generator.initialize(2048);
        keys = generator.generateKeyPair();
    }

    @BeforeEach
    void writeBootstrap() throws IOException {
        bootstrap = new byte[200_000];
        Arrays.fill(bootstrap, (byte) 7);
        Files.write(dir.resolve("image.boot"), bootstrap);
    }

    @Test
    void aBootstrapThatIsSignedWithTheKeyIsGood() throws Exception {
        byte[] encoded = keys.getPublic().getEncoded();
        SignatureCheck pkcs1 = check("RSA PUBLIC KEY", Arrays.copyOfRange(encoded, PREFIX, encoded.length));
        SignatureCheck usual = check("PUBLIC KEY", encoded);

        assertThatCode(() -> pkcs1.check(instance(signature()))).doesNotThrowAnyException();
        assertThatCode(() -> usual.check(instance(signature()))).doesNotThrowAnyException();
    }

    @Test
    void anotherBootstrapIsRefused() throws Exception {
        String signature = signature();
        bootstrap[100_000]++;
        Files.write(dir.resolve("image.boot"), bootstrap);

        assertThatThrownBy(
                        () -> check("PUBLIC KEY", keys.getPublic().getEncoded()).check(instance(signature)))
                .isInstanceOf(SnapshotException.class)
                .hasMessageContaining("reg.example/app:v1")
                .hasMessageContaining("its signature is not that of its bootstrap")
                .hasMessageContaining("the layer was pulled as reg.example/app:v1")
                .hasMessageContaining("remove reg.example/app:v1 and pull again");
    }

    @Test
    void whatIsNotSignedIsRefused() throws Exception {
        SignatureCheck check = check("PUBLIC KEY", keys.getPublic().getEncoded());

        assertThatThrownBy(() -> check.check(instance(""))).hasMessageContaining("it has no signature");
        assertThatThrownBy(() -> check.check(instance("no base64!"))).hasMessageContaining("cannot be read");
        assertThatThrownBy(() -> check.check(instance("YWJj"))).hasMessageContaining("reg.example/app:v1");
    }

    @Test
    void aFileWithoutAKeyIsNamed() throws Exception {
        Path file = Files.writeString(dir.resolve("key.pem"), "no key");

        assertThatThrownBy(() -> SignatureCheck.with(file))
                .hasMessageContaining(file.toString())
                .hasMessageContaining("no public key in PEM");
        assertThatThrownBy(() -> check("RSA PUBLIC KEY", new byte[] {1, 2, 3}))
                .hasMessageContaining("no RSA public key");
    }

    private SignatureCheck check(String kind, byte[] der) throws IOException {
        return SignatureCheck.with(Files.writeString(
                dir.resolve("key.pem"),
                "-----BEGIN " + kind + "-----\n" + Base64.getMimeEncoder().encodeToString(der) + "\n-----END " + kind
                        + "-----\n"));
    }

    private String signature() throws Exception {
        Signature signature = Signature.getInstance("SHA256withRSA");
        signature.initSign(keys.getPrivate());
        signature.update(bootstrap);
        return Base64.getEncoder().encodeToString(signature.sign());
    }

    private RafsInstance instance(String signature) {
        return new RafsInstance(
                1,
                dir,
                new BootstrapFile(dir.resolve("image.boot")),
                "reg.example/app:v1",
                signature.isEmpty() ? Map.of() : Map.of(Labels.SIGNATURE, signature));
    }
}
