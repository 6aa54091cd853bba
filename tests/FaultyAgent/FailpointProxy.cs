using System.Reflection;

namespace Berth.FaultyAgent;

/// <summary>Passes every call on to the real thing, and reaches a failpoint before each that changes something and, when it succeeded, after it.</summary>
internal class FailpointProxy<T> : DispatchProxy
    where T : class
{
    // What these do changes nothing: to die there is to die at the point before, or at the next.
    private static readonly string[] Readers = ["List", "Find", "Get", "Read", "Addresses", "get_"];

    private string _role = "";
    private T _real = null!;
    private Failpoints _points = null!;

    /// <summary>Wraps the real thing; its failpoints are called <c>role.Method:before</c> and <c>role.Method:after</c>.</summary>
    public static T Around(string role, T real, Failpoints points)
    {
        var proxy = Create<T, FailpointProxy<T>>();
        var state = (FailpointProxy<T>)(object)proxy;
        (state._role, state._real, state._points) = (role, real, points);
        return proxy;
    }

    protected override object? Invoke(MethodInfo? targetMethod, object?[]? args)
    {
        var method = targetMethod!;
        if (Readers.Any(reader => method.Name.StartsWith(reader, StringComparison.Ordinal)))
        {
            return Call(method, args);
        }

        var name = $"{_role}.{method.Name[..^"Async".Length]}";
        _points.Reach($"{name}:before");
        return Call(method, args) switch
        {
            Task task when method.ReturnType == typeof(Task) => AfterAsync(task, name),
            Task task => typeof(FailpointProxy<T>).GetMethod(nameof(AfterResultAsync), BindingFlags.Instance | BindingFlags.NonPublic)!
                .MakeGenericMethod(method.ReturnType.GetGenericArguments()).Invoke(this, [task, name]),
            _ => throw new NotSupportedException($"{method} returns no task."),
        };
    }

    private object? Call(MethodInfo method, object?[]? arguments) =>
        method.Invoke(_real, BindingFlags.DoNotWrapExceptions, binder: null, arguments, culture: null);

    private async Task AfterAsync(Task task, string name)
    {
        await task;
        _points.Reach($"{name}:after");
    }

    private async Task<TResult> AfterResultAsync<TResult>(Task<TResult> task, string name)
    {
        var result = await task;
        _points.Reach($"{name}:after");
        return result;
    }
}
