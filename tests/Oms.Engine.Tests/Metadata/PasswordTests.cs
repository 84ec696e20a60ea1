using System.Security.Cryptography;
using System.Text;
using Oms.Metadata;
using Xunit;

namespace Oms.Engine.Tests.Metadata;

public sealed class PasswordTests : IDisposable
{
    private readonly TempHome _home = new();
    private readonly byte[] _key = RandomNumberGenerator.GetBytes(32);

    public void Dispose() => _home.Dispose();

    [Theory]
    [InlineData("")]
    [InlineData("p;a'ss\"wörd=秘密")]
    public void A_password_opens_with_its_key_for_its_data_source(string password)
    {
        var sealedText = PasswordCipher.Encrypt(_key, "beijing", password);
        Assert.Equal(password, PasswordCipher.Decrypt(_key, "beijing", sealedText));
        Assert.True(password.Length == 0 || sealedText.AsSpan().IndexOf(Encoding.UTF8.GetBytes(password)) < 0);
        Assert.NotEqual(sealedText, PasswordCipher.Encrypt(_key, "beijing", password));
    }

    [Fact]
    public void A_password_opens_for_no_other_data_source_key_or_text()
    {
        var sealedText = PasswordCipher.Encrypt(_key, "beijing", "secret");
        Assert.Equal("PasswordUnreadable", Id(() => PasswordCipher.Decrypt(_key, "shanghai", sealedText)));
        Assert.Equal("PasswordUnreadable", Id(() => PasswordCipher.Decrypt(RandomNumberGenerator.GetBytes(32), "beijing", sealedText)));
        Assert.Equal(
            "PasswordUnreadable",
            Id(() => PasswordCipher.Decrypt(_key, "beijing", [.. sealedText[..^1], (byte)(sealedText[^1] ^ 1)]))
        );
        Assert.Equal("PasswordUnreadable", Id(() => PasswordCipher.Decrypt(_key, "beijing", [])));
    }

    [Fact]
    public void A_key_file_that_others_may_read_is_refused_with_the_way_to_mend_it()
    {
        if (OperatingSystem.IsWindows())
            return;
        KeyFile.Create(_home.Path);
        var path = Path.Combine(_home.Path, "oms.key");
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead);
        var error = Assert.Throws<OmsException>(() => KeyFile.Read(_home.Path));
        Assert.Equal("KeyFileExposed", error.Id);
        Assert.Contains($"chmod 600 '{path}'", error.Remedy, StringComparison.Ordinal);
    }

    [Fact]
    public void A_missing_or_damaged_key_file_is_told_apart()
    {
        Assert.Equal("KeyFileMissing", Id(() => KeyFile.Read(_home.Path)));
        using (var file = MetadataHome.OpenOwnerOnly(Path.Combine(_home.Path, "oms.key"), FileMode.CreateNew, FileAccess.Write))
            file.Write(new byte[31]);
        Assert.Equal("KeyFileDamaged", Id(() => KeyFile.Read(_home.Path)));
    }

    [Theory]
    [InlineData("nfs", true)]
    [InlineData("cifs", true)]
    [InlineData("fuse.sshfs", true)]
    [InlineData("ext4", false)]
    [InlineData("overlayfs", false)]
    [InlineData("NTFS", false)]
    public void A_home_on_another_machine_is_known_by_its_file_system(string format, bool isOfNetwork) =>
        Assert.Equal(isOfNetwork, MetadataHome.IsOfNetwork(format));

    [Fact]
    public void A_key_once_made_stays()
    {
        KeyFile.Create(_home.Path);
        var key = KeyFile.Read(_home.Path);
        KeyFile.Create(_home.Path);
        Assert.Equal(key, KeyFile.Read(_home.Path));
    }

    private static string Id(Action action) => Assert.Throws<OmsException>(action).Id;
}
