namespace BpfInteractive.Tests.Symbols;

/// <summary>A Rust program with as many kinds of names as stable Rust can make.</summary>
internal static class RustSample
{
    internal const string Text = """
        #![allow(dead_code, non_snake_case, uncommon_codepoints)]
        use std::fmt::{Debug, Display};
        use std::collections::HashMap;
        trait Shape { fn area(&self) -> f64; fn scale<const N: usize>(&self, by: [f64; N]) -> f64 where Self: Sized { self.area() * by[0] } }
        struct Circle { r: f64 }
        struct Pair<A, B>(A, B);
        impl Shape for Circle { #[inline(never)] fn area(&self) -> f64 { self.r * 3.14 } }
        impl<A: Debug, B: Display> Pair<A, B> { #[inline(never)] fn show(&self) -> String { format!("{:?}{}", self.0, self.1) } }
        impl<A: Debug> Shape for Pair<A, &'static str> { #[inline(never)] fn area(&self) -> f64 { format!("{:?}", self.0).len() as f64 } }
        #[inline(never)] fn dynamic(s: &dyn Shape) -> f64 { s.area() }
        #[inline(never)] fn generic<T: Iterator<Item = u8>>(t: T) -> u32 { t.map(|x| x as u32).sum() }
        #[inline(never)] fn array<const N: usize, const B: bool, const C: char, const I: i8>(a: [u8; N]) -> usize { a.len() + if B { 1 } else { C as usize } + I as usize }
        #[inline(never)] fn pointers(a: *const u8, b: *mut [u16; 4], f: fn(&u8, i32) -> bool, g: unsafe extern "C" fn(u8)) -> usize { let _ = g; a as usize + b as usize + f(&1, 2) as usize }
        #[inline(never)] fn taker<F>(f: F) -> u32 where F: for<'a> Fn(&'a str) -> &'a str { f("abc").len() as u32 }
        #[inline(never)] fn boxed(f: Box<dyn for<'a> Fn(&'a u8, &mut i64) -> &'a u8 + Send>) -> u8 { let mut x = 1i64; *f(&3, &mut x) }
        #[inline(never)] fn tuple<T: Default>() -> T { T::default() }
        mod größe { #[inline(never)] pub fn länge<T>(x: &[T]) -> usize { let f = || x.len(); f() } pub mod 测试 { #[inline(never)] pub fn 函数() -> u32 { 7 } } }
        fn cmp(a: &u8, b: i32) -> bool { *a as i32 > b }
        unsafe extern "C" fn cfn(_: u8) {}
        fn main() {
            let c = Circle { r: std::env::args().count() as f64 };
            let p = Pair(vec![1u8], "x");
            let mut m: HashMap<String, Vec<(u8, char)>> = HashMap::new();
            m.insert("a".into(), vec![(1, 'b')]);
            let mut arr = [1u16, 2, 3, 4];
            println!("{} {} {} {} {}", c.area(), p.show(), p.area(), dynamic(&c), c.scale([1.0, 2.0]));
            println!("{} {} {}", generic(vec![1u8, 2].into_iter()), array::<3, true, 'é', -5>([1, 2, 3]), pointers(&1, &mut arr, cmp, cfn));
            println!("{} {} {:?} {:?}", taker(|s| &s[1..]), boxed(Box::new(|a, b| { *b += 1; a })), tuple::<(u8,)>(), tuple::<(u8, [i32; 0], ())>());
            println!("{} {} {:?}", größe::länge(&[1, 2]), größe::测试::函数(), m);
            let t = std::thread::spawn(move || { let inner = |x: u32| move |y: u32| x + y; inner(1)(2) });
            println!("{:?}", t.join());
        }
        """;
}
